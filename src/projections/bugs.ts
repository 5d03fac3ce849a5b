import type { Logger } from "pino";
import type { Aside, Entry } from "../events/entry.ts";
import { Seldom } from "../seldom.ts";

/** A rule is tried so often at an entry before the entry is left out: it may have been the machine. */
const TRIES_MAX = 3;

/** A rule has failed at an entry that can be read: our bug, not the entry's. */
export class BugError extends Error {
  override readonly name = "BugError";
  readonly entry: Entry;

  constructor(entry: Entry, cause: unknown) {
    super(`a rule failed at seq ${entry.seq}`, { cause });
    this.entry = entry;
  }
}

/**
 * Entries at which a rule fails. The rule's writing by then is half of it, so the whole
 * transaction is given up and made again, in the end without the entry.
 */
export class Bugs {
  readonly #log: Logger;
  /** A stream may have any number of such entries. */
  readonly #lines = { bug: new Seldom(), leftOut: new Seldom() };
  readonly #tries = new Map<number, number>();
  /** Seqs of entries that are left out, and the names of the errors. */
  readonly #aside = new Map<number, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The name of the error because of which an entry is left out. */
  of({ seq }: Entry): string | undefined {
    return this.#aside.get(seq);
  }

  /** Says that an entry is left out, and why. */
  say({ seq, owner }: Entry, aside: Aside): void {
    this.#lines.leftOut.tell((more) =>
      this.#log.error({ seq, owner, ...aside, ...more }, "entry left out of the views"),
    );
  }

  /** Commits a transaction. @throws whatever else `commit` throws. */
  around<T>(commit: () => T): T {
    for (;;) {
      try {
        const result = commit();
        this.#tries.clear();
        this.#aside.clear();
        return result;
      } catch (error) {
        if (!(error instanceof BugError)) throw error;
        this.#note(error);
      }
    }
  }

  #note({ entry: { seq, owner }, cause }: BugError): void {
    const tries = (this.#tries.get(seq) ?? 0) + 1;
    this.#tries.set(seq, tries);
    this.#lines.bug.tell((more) =>
      this.#log.error(
        { error: cause, seq, owner, tries, ...more },
        "bug: a rule of the views failed",
      ),
    );
    if (tries >= TRIES_MAX) this.#aside.set(seq, cause instanceof Error ? cause.name : "unknown");
  }
}
