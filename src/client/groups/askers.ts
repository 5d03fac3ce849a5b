import { ChatError } from "../error.ts";
import type { OutboxEntry } from "../outbox/entry.ts";

interface Waiting {
  resolve(group: string): void;
  reject(why: ChatError): void;
}

/** Waits for what comes of each ask. One that was written before a reload goes on, and nobody waits. */
export class Askers {
  /** By the entries' own names: their numbers may change. */
  readonly #waiting = new Map<string, Waiting>();

  /** Resolves with the group's id when its event has come. @throws ChatError the code of the refusal */
  wait({ name }: OutboxEntry): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.set(name, { resolve, reject }));
  }

  settled({ name, to }: OutboxEntry, error?: string): void {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    if (error === undefined) waiting?.resolve(to);
    else waiting?.reject(new ChatError(error, { retryable: false }));
  }

  /** The log-in is over. */
  clear(): void {
    for (const { reject } of this.#waiting.values())
      reject(new ChatError("connection.closed", { retryable: false }));
    this.#waiting.clear();
  }
}
