import type { KeyVerdict } from "../mailbox/keyclaim.ts";
import type { Entries } from "./entries.ts";
import type { OutboxEntry } from "./entry.ts";
import type { Held } from "./turns.ts";

interface Ports {
  /** Asks the storage about a send with a key; `mark` notes in it that it is the first. */
  claim(entry: OutboxEntry, mark: () => void): Promise<KeyVerdict>;
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
  /** Cids of sends that are asked about. */
  readonly #asked = new Set<string>();

  constructor(entries: Entries, ports: Ports) {
    this.#entries = entries;
    this.#ports = ports;
  }

  /** May it go out? If it is not known yet, the storage is asked. */
  admits(held: Held): boolean {
    const { key, asked } = held.entry;
    if (key === undefined || asked) return true;
    void this.#ask(held);
    return false;
  }

  async #ask(held: Held): Promise<void> {
    const { cid } = held.entry;
    if (this.#asked.has(cid)) return;
    this.#asked.add(cid);
    const verdict = await this.#ports.claim(held.entry, () => {
      held.entry = { ...held.entry, asked: true };
      this.#ports.keep(held.entry);
    });
    this.#asked.delete(cid);
    if (this.#entries.find(cid) !== held) return;
    // Another client has sent what has this key: from there it is shown.
    if (verdict === "known") this.#entries.drop(cid);
    else if (verdict === "busy") this.#ports.again();
    this.#ports.done();
  }
}
