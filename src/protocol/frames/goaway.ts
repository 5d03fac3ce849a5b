/** The server is going away: the client opens its next socket first, and leaves this one when that one has caught up. */
export interface Goaway {
  readonly t: "goaway";
  /** The server closes this socket in so many ms at the earliest: 4400. */
  readonly withinMs: number;
}
