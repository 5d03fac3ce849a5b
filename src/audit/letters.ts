import { createHash } from "node:crypto";
import type { Copy } from "../events/copy.ts";

/** A message as a copy carries it. */
export type MessageCopy = Extract<Copy, { type: "MessageSent" }>;

/** The ways in which the letters of one person to another can be wrong. */
export type LetterFault = "lost" | "phantom" | "altered";

/**
 * The letters from one person to another: those that the author's mailbox owes, and those that count in the peer's. Either side
 * may be read first; what has found its other half is forgotten.
 */
export class Letters {
  /** By cause, in the order of the author's mailbox: owed, and not come yet. */
  readonly #owed = new Map<number, string>();
  /** By cause: come, and not known to be owed yet. */
  readonly #come = new Map<number, string>();
  /** Causes of letters that came with other words than were sent. */
  readonly #altered: number[] = [];
  #matched = 0;

  /** Letters that came as they were sent. */
  get matched(): number {
    return this.#matched;
  }

  /** The author's mailbox owes the letter. */
  owed(letter: MessageCopy): void {
    this.#meet(letter, this.#come, this.#owed);
  }

  /** The letter counts in the peer's mailbox. */
  came(letter: MessageCopy): void {
    this.#meet(letter, this.#owed, this.#come);
  }

  /**
   * Everything that is wrong, once both mailboxes have been read. `told`: the author's actors had told everything up to here, so a
   * letter behind it may be under way. `isThere`: a fact at this position would have been read.
   */
  faults(told: number, isThere: (cause: number) => boolean): [LetterFault, cause: number][] {
    const lost = [...this.#owed.keys()].filter((cause) => cause <= told);
    const phantoms = [...this.#come.keys()].filter(isThere);
    return [
      ...lost.map((cause): [LetterFault, number] => ["lost", cause]),
      ...phantoms.map((cause): [LetterFault, number] => ["phantom", cause]),
      ...this.#altered.map((cause): [LetterFault, number] => ["altered", cause]),
    ];
  }

  /** Letters that are owed, behind `told`. */
  underWay(told: number): number {
    return [...this.#owed.keys()].filter((cause) => cause > told).length;
  }

  #meet(letter: MessageCopy, theirs: Map<number, string>, mine: Map<number, string>): void {
    const { cause } = letter;
    const digest = digestOf(letter);
    const other = theirs.get(cause);
    if (other === undefined) return void mine.set(cause, digest);
    theirs.delete(cause);
    if (other === digest) this.#matched++;
    else this.#altered.push(cause);
  }
}

/** All that a copy has of its fact; a hash, since texts may be long and many wait. */
function digestOf({ author, to, cid, body, position, sentAt, data }: MessageCopy): string {
  const said = JSON.stringify([author, to, cid, body, position, sentAt, data]);
  return createHash("sha256").update(said).digest("base64url").slice(0, 22);
}
