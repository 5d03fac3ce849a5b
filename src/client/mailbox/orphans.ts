import type { OutboxEntry } from "../outbox/entry.ts";
import { byRank } from "../outbox/turns.ts";
import type { Disk } from "./disk.ts";

/** The claim of the one client that looks after what an instance wrote. */
const outboxOf = (instance: string): string => `outbox:${instance}`;
const isOutbox = (name: string): boolean => name.startsWith("outbox:");

/** Which of the stored outbox entries this client looks after: its own, and those of clients that are gone. */
export class Orphans {
  readonly #disk: Disk;
  /** Entries done while the storage is being read: what it says of them is old. */
  #done: Set<string> | undefined;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Takes the right to look after what `instance` writes; false: another client has it. */
  claim(instance: string): Promise<boolean> {
    return this.#disk.claim(outboxOf(instance));
  }
  isMine = (instance: string): boolean => this.#disk.holds(outboxOf(instance));

  /** A client without a socket looks after nothing: another client may have one. */
  yield(): void {
    this.#disk.release(isOutbox);
  }

  done(cid: string): void {
    this.#done?.add(cid);
  }

  /**
   * Reads the stored entries, and takes over those that no living client looks after; also of
   * instances it has taken over before: a page that had been frozen may have written more before its
   * end. Undefined when the storage cannot be read. `except`: this client's own instance. `gone`:
   * entries that are done, though the storage does not know yet.
   */
  async take(
    except: string,
    gone: Iterable<string>,
  ): Promise<{ stored: OutboxEntry[]; taken: OutboxEntry[] } | undefined> {
    const done = (this.#done = new Set(gone));
    const read = await this.#disk.outbox();
    const taken: OutboxEntry[] = [];
    for (const entry of read ?? [])
      if (entry.writer !== except && (await this.claim(entry.writer))) taken.push(entry);
    // A machine sends for months, and reads once.
    this.#done = undefined;
    if (read === undefined) return undefined;
    const isOpen = ({ cid }: OutboxEntry): boolean => !done.has(cid);
    return { stored: read.filter(isOpen), taken: taken.filter(isOpen).toSorted(byRank) };
  }
}
