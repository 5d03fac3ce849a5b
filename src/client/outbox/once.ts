import type { KeyVerdict } from "../mailbox/keyclaim.ts";
import type { Entries } from "./entries.ts";
import type { OutboxEntry } from "./entry.ts";
import type { Held } from "./turns.ts";

interface Ports {
  /** Asks the storage about a send with a key; `mark` notes in it that it is the first. */
  claimKey(entry: OutboxEntry, mark: () => void): Promise<KeyVerdict>;
  /** Writes an entry down. */
  keep(entry: OutboxEntry): void;
  /** The storage could not be asked just now. */
  again(): void;
  /** The storage has answered. */
  done(): void;
}

/** Holds a send with a key back until the storage knows of no other that has it. */
export class Once {
  readonly #entries: Entries;
  readonly #ports: Ports;
  /** Keys that are asked about: of two sends with one key the second waits for the first's answer. */
  readonly #asked = new Set<string>();

  constructor(entries: Entries, ports: Ports) {
    this.#entries = entries;
    this.#ports = ports;
  }

  /** May it go out? If it is not known yet, the storage is asked. */
  admits(held: Held): boolean {
    const { key, asked } = held.entry;
    if (key === undefined || asked) return true;
    if (!this.#asked.has(key)) void this.#ask(held, key);
    return false;
  }

  async #ask(held: Held, key: string): Promise<void> {
    const { cid } = held.entry;
    const isHere = (): boolean => this.#entries.find(cid) === held;
    this.#asked.add(key);
    const verdict = await this.#ports.claimKey(held.entry, () => {
      // A send that has been met or forgotten meanwhile is not written down again.
      if (!isHere()) return;
      held.entry = { ...held.entry, asked: true };
      this.#ports.keep(held.entry);
    });
    this.#asked.delete(key);
    // Another one has gone out with this key: it is shown from there.
    if (isHere() && verdict === "known") this.#entries.drop(cid);
    else if (isHere() && verdict === "busy") this.#ports.again();
    this.#ports.done();
  }
}
