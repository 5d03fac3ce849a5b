/** The traffic of a socket so far, in bytes. */
export interface Traffic {
  /** Bytes that came from the peer. */
  readonly received: number;
  /** Bytes that the kernel has taken for the peer. */
  readonly taken: number;
  /** Bytes that wait for the kernel to take them. */
  readonly backlog: number;
}

/**
 * Only behind so much of a backlog does a write prove anything: the kernel takes small ones into its
 * own buffer, for a peer that has been stopped, too.
 */
const PROOF_BYTES = 64 * 1024;

/**
 * The heart of a connection: when the peer last gave a sign of life, and when it is asked for the next.
 * It is changed in place: where 10,000 sockets say nothing, new objects for what is seen of each would be
 * all that outlives a turn, and V8 grows the young generation for them.
 */
export class Heart {
  #received = 0;
  #taken = 0;
  #backlog = 0;
  #aliveAt: number;
  #beatAt: number;

  constructor(now: number, everyMs: number) {
    this.#aliveAt = now;
    this.#beatAt = now + everyMs;
  }

  /**
   * Looks at the traffic.
   * @returns ms since the last sign of life: a byte that was received, or a large backlog of which was read.
   */
  look({ received, taken, backlog }: Traffic, now: number): number {
    const reads = this.#backlog > PROOF_BYTES && taken > this.#taken;
    if (received !== this.#received || reads) this.#aliveAt = now;
    this.#received = received;
    this.#taken = taken;
    this.#backlog = backlog;
    return now - this.#aliveAt;
  }

  /** Is a beat due? The next one is then `everyMs` later. */
  beats(now: number, everyMs: number): boolean {
    if (now < this.#beatAt) return false;
    this.#beatAt = now + everyMs;
    return true;
  }
}

/** Ends of mailboxes that a heartbeat tells, where one is said. */
export interface HeartbeatEnds {
  /** Is the mailbox known to end at the session's head? Absent: no. */
  readonly confirmed?: boolean | undefined;
  /** The ends of followed groups that have moved since the last one. */
  readonly heads?: Readonly<Record<string, number>> | undefined;
}
