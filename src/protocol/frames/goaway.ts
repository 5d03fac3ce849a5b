/** The server goes away: the client opens its next socket first, and leaves this one when that one has caught up. */
export interface Goaway {
  readonly t: "goaway";
  /**
   * The server closes this socket in so many ms at the earliest: 4400. Absent: it has lost its log, and closes nothing for
   * that, but cannot store what it is sent.
   */
  readonly withinMs?: number;
}

/** The server takes its `goaway` back: it has its log again. A client that has not moved stays. */
export interface Stay {
  readonly t: "stay";
}
