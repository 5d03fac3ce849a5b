/** The words of a fact's envelope on ends: whom it ends, and the last fact before it that ended one. */
export interface Envelope {
  readonly seq: number;
  readonly ended?: string | undefined;
  /** 0: there is none. */
  readonly endedBefore: number;
}

/** People of one group whose ends are kept. Further back nobody is let in behind the begin of a membership. */
const USERS_MAX = 20_000;
/** Ends kept of one of them: whoever comes and goes all day takes nobody else's place. */
const ENDS_MAX = 8;
/** So many go at once, so that room is seldom made. */
const LET_GO = USERS_MAX / 10;

/** Somebody's ends in one group, the newest last. */
interface Ends {
  readonly kept: number[];
  /** The newest end that is not kept; 0: all are, as far as the chain is known. */
  lost: number;
}

/**
 * Ends of memberships in one group, from the newest back as far as somebody had to know: each names the one before, so that they are
 * found one by one, once for all sessions.
 */
export class EndChain {
  readonly #of = new Map<string, Ends>();
  /** Of all ends above this seq it is known whose they are; an end lies at it, unless it is 0. */
  #next = 0;

  /** The newest fact of the group: the walk back begins there. */
  begin({ seq, ended, endedBefore }: Envelope): void {
    if (ended !== undefined) this.#endsOf(ended).kept.push(seq);
    this.#next = endedBefore;
  }

  /** A later fact. */
  add({ seq, ended }: Envelope): void {
    if (ended === undefined) return;
    const ends = this.#endsOf(ended);
    ends.kept.push(seq);
    if (ends.kept.length > ENDS_MAX) ends.lost = Math.max(ends.lost, ends.kept.shift() ?? 0);
    if (this.#of.size > USERS_MAX) this.#makeRoom();
  }

  /** The end to be read next, so that all from `from` on are known; undefined: they are, or there are too many. */
  missing(from: number): number | undefined {
    return this.#next >= from && !this.isFull ? this.#next : undefined;
  }

  get isFull(): boolean {
    return this.#of.size >= USERS_MAX;
  }

  /** Is it known whose ends lie from `from` on? */
  reaches(from: number): boolean {
    return this.#next < from;
  }

  /** The end that was missing. */
  found({ seq, ended, endedBefore }: Envelope): void {
    if (seq !== this.#next || ended === undefined) return;
    const ends = this.#endsOf(ended);
    if (ends.kept.length < ENDS_MAX) ends.kept.unshift(seq);
    else ends.lost = Math.max(ends.lost, seq);
    // It lies before, or the chain is broken and says nothing.
    this.#next = endedBefore < seq ? endedBefore : 0;
  }

  /** The last end of the user's in [from, upTo]; 0: none. `from`, where that is no longer known: then the user is told nothing. */
  of(user: string, from: number, upTo: number): number {
    const ends = this.#of.get(user);
    const found = ends?.kept.findLast((seq) => seq <= upTo) ?? 0;
    if (found >= from) return found;
    return ends !== undefined && ends.lost >= from ? from : 0;
  }

  #endsOf(user: string): Ends {
    const known = this.#of.get(user);
    if (known !== undefined) return known;
    const ends: Ends = { kept: [], lost: 0 };
    this.#of.set(user, ends);
    return ends;
  }

  /** Those whose last end is the longest ago go. */
  #makeRoom(): void {
    const newest = [...this.#of].map(([user, { kept }]) => ({ user, seq: kept.at(-1) ?? 0 }));
    for (const { user, seq } of newest.toSorted((a, b) => a.seq - b.seq).slice(0, LET_GO)) {
      this.#of.delete(user);
      this.#next = Math.max(this.#next, seq);
    }
  }
}
