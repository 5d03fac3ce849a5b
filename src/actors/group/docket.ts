import { seqOf } from "../../events/position.ts";

/** A fact of the group that is stored, as its answer has said, and has not been read yet. */
interface Said {
  readonly seq: number;
  /** It ends a membership. */
  readonly ends: boolean;
}

/** A fact on its way: the last one was at `after` when it left. */
interface Flight {
  readonly after: number;
}

/** An actor's state as far as its docket goes. */
interface Owing {
  readonly head: number;
  readonly owed: readonly { readonly of: number }[];
}

/**
 * Docket of a group's actor: what of the things that it owes is on its way into the log. Facts come in the order of the decisions, so each
 * that is said or read answers the first that is owed. Pure bookkeeping; nothing of it outlives the host.
 */
export class Docket {
  /** Seqs of the copies that are owed an answer, as they hold the checkpoint: the first `owed` of the state, in order. */
  readonly #held: number[] = [];
  #said: Said[] = [];
  #flight: Flight | undefined;
  /** Somebody else's fact is the last one: nothing leaves before that is read. 0: it leaves behind whichever comes. */
  #until: number | undefined;

  /**
   * The state has folded an entry. @returns seqs of copies that are owed from now on, and of those that have their answers.
   * @param fact seq of the entry, if it is a fact.
   */
  folded({ owed }: Owing, fact: number | undefined): { opens: number[]; closes: number[] } {
    if (fact !== undefined) this.#read(fact);
    const first = owed[0] === undefined ? Number.POSITIVE_INFINITY : seqOf(owed[0].of);
    const ended = this.#held.findIndex((seq) => seq >= first);
    const closes = this.#held.splice(0, ended < 0 ? this.#held.length : ended);
    const opens = owed.slice(this.#held.length).map(({ of }) => seqOf(of));
    this.#held.push(...opens);
    return { opens, closes };
  }

  /** A fact has come by reading: everything said up to it is settled, and what flies behind an earlier one has landed or never will. */
  #read(seq: number): void {
    this.#said = this.#said.filter((each) => each.seq > seq);
    if (this.#flight !== undefined && this.#flight.after < seq) this.#flight = undefined;
    if (this.#until !== undefined && seq >= this.#until) this.#until = undefined;
  }

  /** The next of the things owed that may leave, and behind which fact; undefined: none may now. */
  next({ head, owed }: Owing): { readonly i: number; readonly after: number } | undefined {
    if (this.#flight !== undefined || this.#until !== undefined) return undefined;
    const i = this.#said.length;
    return i < owed.length ? { i, after: this.#said.at(-1)?.seq ?? seqOf(head) } : undefined;
  }

  /** Seq of the last fact said that ends a membership; undefined: none that has not been read. */
  get lastEnding(): number | undefined {
    return this.#said.findLast(({ ends }) => ends)?.seq;
  }

  leaves(after: number): Flight {
    return (this.#flight = { after });
  }

  /** Is it still unknown what has become of it? */
  isOpen(flight: Flight): boolean {
    return this.#flight === flight;
  }

  stored(said: Said): void {
    this.#flight = undefined;
    this.#said.push(said);
  }

  /** Another fact is the last one, at `last` where that is known: read on, never try again. */
  outrun(last: number | undefined): void {
    this.#flight = undefined;
    this.#until = last ?? 0;
  }

  /** It was not taken, for now. */
  refused(): void {
    this.#flight = undefined;
  }
}
