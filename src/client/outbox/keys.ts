import type { DoneKey } from "../storage/storage.ts";

/** Keys of sends that are done are known for so long, and so many of them: an app that asks later has forgotten itself. */
const KNOWN_MS = 24 * 60 * 60 * 1000;
const KNOWN_MAX = 10_000;

interface Ports {
  /** Writes a key down, or, undefined, forgets it. */
  keep(key: string, done: DoneKey | undefined): void;
  /** Forgets all keys in the storage. */
  void(): void;
  /** ms since 1970. */
  now(): number;
}

/** Keys of sends that the mailbox has shown: an app that sends one of them again is told of the first. */
export class Keys {
  readonly #ports: Ports;
  /** The oldest first. */
  #done = new Map<string, DoneKey>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get all(): readonly DoneKey[] {
    return [...this.#done.values()];
  }
  find(key: string): DoneKey | undefined {
    return this.#done.get(key);
  }

  /** Takes what is stored. */
  load(stored: readonly DoneKey[]): void {
    const all = [...stored, ...this.#done.values()].toSorted((a, b) => a.at - b.at);
    this.#done = new Map(all.map((done) => [done.key, done]));
    this.#expire();
  }

  /** A send with a key is in the mailbox. */
  note({ key, cid }: { key?: string | undefined; cid: string }): void {
    if (key === undefined || this.#done.has(key)) return;
    const done = { key, cid, at: this.#ports.now() };
    this.#done.set(key, done);
    this.#ports.keep(key, done);
    this.#expire();
  }

  /** The log is another one, or somebody else's: what it had says nothing. */
  clear(): void {
    this.#done.clear();
    this.#ports.void();
  }

  #expire(): void {
    const oldest = this.#ports.now() - KNOWN_MS;
    for (const { key, at } of this.#done.values()) {
      if (at > oldest && this.#done.size <= KNOWN_MAX) return;
      this.#done.delete(key);
      this.#ports.keep(key, undefined);
    }
  }
}
