import { createHash } from "node:crypto";
import type { Copy } from "../events/copy.ts";

/** A message as a copy carries it. */
export type MessageCopy = Extract<Copy, { type: "MessageSent" }>;

/**
 * Letters: those that their authors' mailboxes owe, and those that count in their peers'. Either side may be read first; what has
 * found its other half is forgotten.
 */
export class Letters {
  readonly #owed = new Map<string, Half>();
  readonly #come = new Map<string, Half>();
  readonly #altered: Half[] = [];
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

  /** Letters that have not come, with the authors' mailboxes read to the end. */
  get missing(): readonly Half[] {
    return [...this.#owed.values()];
  }

  /** Letters that nobody has sent, as far as the authors' mailboxes were read. */
  get unsent(): readonly Half[] {
    return [...this.#come.values()];
  }

  /** Letters that came with other words than were sent. */
  get altered(): readonly Half[] {
    return this.#altered;
  }

  #meet(letter: MessageCopy, theirs: Map<string, Half>, mine: Map<string, Half>): void {
    const { author, to, cause } = letter;
    const half = { author, to, cause, digest: digestOf(letter) };
    const key = [author, to, cause].join(" ");
    const other = theirs.get(key);
    if (other === undefined) return void mine.set(key, half);
    theirs.delete(key);
    if (other.digest === half.digest) this.#matched++;
    else this.#altered.push(half);
  }
}

/** A letter that waits for its other half. */
export interface Half {
  readonly author: string;
  readonly to: string;
  readonly cause: number;
  readonly digest: string;
}

/** All that a copy has of its fact; a hash, since texts may be long and many wait. */
function digestOf({ author, to, cid, body, position, sentAt, data }: MessageCopy): string {
  const said = JSON.stringify([author, to, cid, body, position, sentAt, data]);
  return createHash("sha256").update(said).digest("base64url").slice(0, 22);
}
