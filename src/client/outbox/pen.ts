import { randomName } from "../randomname.ts";
import type { OutboxEntry } from "./entry.ts";
import type { Letter } from "./letter.ts";

/** Numbers what one page or process writes. Its instance is unlike any other's, and never stored. */
export class Pen {
  #instance = randomName();
  #n = 0;

  get instance(): string {
    return this.#instance;
  }

  /** An entry with the next number, of the highest rank among those that are `held`. */
  write(
    message: Letter & Pick<OutboxEntry, "at" | "author" | "login" | "after" | "replaces" | "ask">,
    held: readonly OutboxEntry[],
  ): OutboxEntry {
    const rank = Math.max(0, ...held.map((entry) => entry.rank)) + 1;
    const writer = this.#instance;
    return { ...message, cid: `${writer}.${++this.#n}`, name: randomName(), writer, rank };
  }

  /** Another client looks after what was written so far: from now on it is another instance. */
  renew(): void {
    this.#instance = randomName();
    this.#n = 0;
  }
}
