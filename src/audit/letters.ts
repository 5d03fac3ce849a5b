import { createHash } from "node:crypto";
import type { Copy } from "../events/copy.ts";
import type { GroupAsk } from "../events/groupask.ts";
import { canonical } from "./canonical.ts";

/**
 * Letters: copies that their authors' mailboxes owe, and those that count in their addressees'. Either side may be read first; what has
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
  owed(to: string, letter: Copy | GroupAsk): void {
    this.#meet(halfOf(to, letter), this.#come, this.#owed);
  }

  /** The letter counts in the mailbox of `to`. */
  came(to: string, letter: Copy | GroupAsk): void {
    this.#meet(halfOf(to, letter), this.#owed, this.#come);
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

  #meet(half: Half, theirs: Map<string, Half>, mine: Map<string, Half>): void {
    const { author, to, cause } = half;
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

/** The half of a copy: a hash of all that it says but for which generation it was put, since texts may be long and many wait. */
export function halfOf(to: string, copy: Copy | GroupAsk): Half {
  const { author, cause } = copy;
  const said = canonical({ ...copy, in: undefined });
  const digest = createHash("sha256").update(said).digest("base64url").slice(0, 22);
  return { author, to, cause, digest };
}
