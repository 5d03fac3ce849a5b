import type { Queue } from "./queue.ts";

/** Some publications that went out as one, and are answered as one. */
interface Batch {
  readonly queue: Queue;
  /** Of its publications, each of which may have to go alone. */
  readonly tokens: readonly string[];
  readonly resendAt: number;
}

/** The batches that are under way, by the token of the answer to the whole. */
export class Batches {
  readonly #open = new Map<string, Batch>();

  open(answer: string, batch: Batch): void {
    this.#open.set(answer, batch);
  }

  has(answer: string): boolean {
    return this.#open.has(answer);
  }

  /** A batch is none any more, stored or not: returns the tokens of its publications. */
  end(answer: string): readonly string[] {
    const batch = this.#open.get(answer);
    this.#open.delete(answer);
    batch?.queue.landed();
    return batch?.tokens ?? [];
  }

  /** The answers that should have come by then. */
  overdue(before: number): readonly string[] {
    const late: string[] = [];
    for (const [answer, { resendAt }] of this.#open) if (resendAt <= before) late.push(answer);
    return late;
  }
}
