import { StorageLostError } from "../storage/generation.ts";
import type { Changes, ClientStorage, DoneKey, Meta } from "../storage/storage.ts";
import type { OutboxEntry } from "../outbox/entry.ts";
import type { LocalChat } from "./localchat.ts";

/** Time that a storage may take for an answer; a browser's may hang for ever. One that failed has less time. */
const ANSWER_MS = 5_000;
const ILL_ANSWER_MS = 1_000;

/** The claim of the one client that writes the chats and the cursor. */
export const MAILBOX = "mailbox";
const NOTHING = (): void => undefined;

/**
 * The storage as this client uses it: at any call it may be absent, full, broken, gone or silent, and
 * nothing here throws. `failed` hears of it once.
 */
export class Disk {
  readonly #storage: ClientStorage;
  readonly #failed: (error: unknown) => void;
  readonly #claims = new Map<string, () => void>();
  #well = true;
  #told = false;
  #closed = false;

  constructor(storage: ClientStorage, failed: (error: unknown) => void) {
    this.#storage = storage;
    this.#failed = failed;
  }

  /** Undefined when it cannot be read. */
  load(): Promise<{ meta?: Meta; chats: LocalChat[] } | undefined> {
    return this.#try(() => this.#storage.load());
  }

  /** Undefined when it cannot be read. */
  outbox(): Promise<OutboxEntry[] | undefined> {
    return this.#try(() => this.#storage.outbox());
  }

  /** Keys of sends that are done: all, or that one. Undefined when they cannot be read. */
  done(key?: string): Promise<DoneKey[] | undefined> {
    return this.#try(() => this.#storage.done(key));
  }

  /** `lost`: what this client had stored is not there any more, and nothing was saved. */
  async save(changes: Changes): Promise<"kept" | "lost" | "failed"> {
    const saved = await this.#try(async () => {
      try {
        await this.#storage.save(changes);
        return "kept";
      } catch (error) {
        if (error instanceof StorageLostError) return "lost";
        throw error;
      }
    });
    if (saved === "kept") this.#well = true;
    return saved ?? "failed";
  }

  holds(name: string): boolean {
    return this.#claims.has(name);
  }

  /**
   * Returns whether this client has the right to `name`. Where claims fail, clients cannot know of each
   * other: none writes the mailbox, and each sends what lies in the outbox.
   */
  async claim(name: string): Promise<boolean> {
    if (this.#claims.has(name)) return true;
    let late = false;
    const claimed = await this.#try(async () => {
      const release = await this.#storage.claim(name);
      // The storage was not waited for any longer.
      if (late) release?.();
      return { release };
    });
    late = true;
    const release = claimed ? claimed.release : name === MAILBOX ? undefined : () => undefined;
    if (this.#closed) release?.();
    else if (release) this.#claims.set(name, release);
    return this.#claims.has(name);
  }

  /** Lets other clients have what this one had: all, or what `name` says. */
  release(which: (name: string) => boolean = () => true): void {
    for (const [name, release] of this.#claims) {
      if (!which(name)) continue;
      this.#claims.delete(name);
      release();
    }
  }

  /** Hears that another client has made the storage forget a log-in; returns the end of the hearing. */
  onForgotten(hear: (ended: string) => void): () => void {
    try {
      return this.#storage.onForgotten?.(hear) ?? NOTHING;
    } catch (error) {
      this.#ill(error);
      return NOTHING;
    }
  }

  open(): void {
    this.#closed = false;
  }
  close(): void {
    this.#closed = true;
    this.release();
  }

  async #try<T>(call: () => Promise<T>): Promise<T | undefined> {
    const patience = this.#well ? ANSWER_MS : ILL_ANSWER_MS;
    let tooLong: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      tooLong = setTimeout(() => reject(new Error("the storage does not answer")), patience);
    });
    try {
      return await Promise.race([call(), silence]);
    } catch (error) {
      this.#ill(error);
      return undefined;
    } finally {
      clearTimeout(tooLong);
    }
  }

  #ill(error: unknown): void {
    this.#well = false;
    if (!this.#told && !this.#closed) this.#failed(error);
    this.#told = true;
  }
}
