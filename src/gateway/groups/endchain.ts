/** A fact that ended somebody's membership. */
interface End {
  readonly seq: number;
  readonly user: string;
}

/** The words of a fact's envelope on ends: whom it ends, and the last fact before it that ended one. */
export interface Envelope {
  readonly seq: number;
  readonly ended?: string | undefined;
  /** 0: there is none. */
  readonly endedBefore: number;
}

/** Ends kept of one group, the newest. Further back nobody is let in behind the begin of a membership. */
const ENDS_MAX = 20_000;

/**
 * Ends of memberships in one group, from the newest back as far as somebody had to know: each names the one before, so that they are
 * found one by one, once for all sessions.
 */
export class EndChain {
  /** The newest last. */
  readonly #known: End[] = [];
  /** Of all ends above this seq it is known whose they are; an end lies at it, unless it is 0. */
  #next = 0;

  /** The newest fact of the group: the walk back begins there. */
  begin({ seq, ended, endedBefore }: Envelope): void {
    if (ended !== undefined) this.#known.push({ seq, user: ended });
    this.#next = endedBefore;
  }

  /** A later fact. */
  add({ seq, ended }: Envelope): void {
    if (ended === undefined) return;
    this.#known.push({ seq, user: ended });
    if (this.#known.length > ENDS_MAX) this.#next = this.#known.shift()?.seq ?? this.#next;
  }

  /** The end to be read next, so that all from `from` on are known; undefined: they are, or there are too many. */
  missing(from: number): number | undefined {
    return this.#next >= from && !this.isFull ? this.#next : undefined;
  }

  get isFull(): boolean {
    return this.#known.length >= ENDS_MAX;
  }

  /** Is it known whose ends lie from `from` on? */
  reaches(from: number): boolean {
    return this.#next < from;
  }

  /** The end that was missing. */
  found({ seq, ended, endedBefore }: Envelope): void {
    if (seq !== this.#next || ended === undefined) return;
    this.#known.unshift({ seq, user: ended });
    // It lies before, or the chain is broken and says nothing.
    this.#next = endedBefore < seq ? endedBefore : 0;
  }

  /** The last end of the user's in [from, upTo]; 0: none. */
  of(user: string, from: number, upTo: number): number {
    const found = this.#known.findLast((end) => end.seq <= upTo && end.user === user);
    return found === undefined || found.seq < from ? 0 : found.seq;
  }
}
