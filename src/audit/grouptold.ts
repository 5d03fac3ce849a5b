import type { Copy } from "../events/copy.ts";
import { halfOf, type Half } from "./letters.ts";

/** The two ends of what a group has told one author about their messages, as far as they have not met. */
interface Ends {
  owed: readonly Half[];
  come: readonly Half[];
}
const NOTHING: Ends = { owed: [], come: [] };

/**
 * Receipts that groups tell authors: those that leave together are one copy with the last cause, so one that has come stands for all
 * before it. Either side may be read first.
 */
export class ToldReceipts {
  readonly #pairs = new Map<string, Ends>();
  readonly #altered: Half[] = [];

  /** The group's mailbox owes the receipt. */
  owed(to: string, copy: Copy): void {
    const half = halfOf(to, copy);
    const { owed, come } = this.#of(half);
    const met = come.find(({ cause }) => cause === half.cause);
    if (met !== undefined) this.#meet(half, met);
    else if (!come.some(({ cause }) => cause > half.cause))
      this.#pairs.set(pairOf(half), { owed: [...owed, half], come });
  }

  /** The receipt counts in its author's mailbox. */
  came(to: string, copy: Copy): void {
    const half = halfOf(to, copy);
    const { owed, come } = this.#of(half);
    const met = owed.find(({ cause }) => cause === half.cause);
    if (met !== undefined) this.#meet(met, half);
    else this.#pairs.set(pairOf(half), { owed, come: [...come, half] });
  }

  /** Receipts that have not come, nor a later one. */
  get missing(): readonly Half[] {
    return [...this.#pairs.values()].flatMap(({ owed }) => owed);
  }

  /** Receipts that no group has told, as far as groups' mailboxes were read. */
  get unsent(): readonly Half[] {
    return [...this.#pairs.values()].flatMap(({ come }) => come);
  }

  /** Receipts that came with other numbers than were told. */
  get altered(): readonly Half[] {
    return this.#altered;
  }

  #of(half: Half): Ends {
    return this.#pairs.get(pairOf(half)) ?? NOTHING;
  }

  #meet(told: Half, come: Half): void {
    if (told.digest !== come.digest) this.#altered.push(come);
    const { owed, come: others } = this.#of(come);
    this.#pairs.set(pairOf(come), {
      owed: owed.filter(({ cause }) => cause > come.cause),
      come: others.filter((each) => each !== come),
    });
  }
}

const pairOf = ({ author, to }: Half): string => [author, to].join(" ");
