import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { ChatMessage } from "../api.ts";
import { ChatError } from "../error.ts";

/** A message on its way; gone when it has been seen in the own mailbox. */
export interface OutboxEntry {
  readonly cid: string;
  /** Empty when it was written before the user was known. */
  readonly author: string;
  readonly to: string;
  readonly body: string;
  /** When it was written, ms since 1970. */
  readonly at: number;
  /** Once stored, as far as the server has said. */
  readonly id?: string;
  readonly seq?: number;
  /** Why it was refused for good. */
  readonly error?: string;
  /** The cid of the failed one that this is a retry of. */
  readonly replaces?: string;
}

interface Ports {
  /** Sends the frame; a code says why it can never be sent. */
  post(entry: OutboxEntry): string | undefined;
  /** An entry is new, looks different or is gone. */
  changed(entry: OutboxEntry, gone: boolean): void;
}

/** Entries of one client; more are refused, so that a bot without a network does not grow. */
const ENTRIES_MAX = 1000;
const RETRY_MS = 1000;

/**
 * Sends one message after the other: the next when the server has answered for the one before. So
 * their order is kept, and an `n` that has been stored tells that all before it were.
 */
export class Outbox {
  readonly #ports: Ports;
  readonly #entries = new Map<string, OutboxEntry>();
  /** Those the server has taken on this connection. */
  readonly #answered = new Set<string>();
  #open = false;
  #inFlight: string | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get entries(): readonly OutboxEntry[] {
    return [...this.#entries.values()];
  }

  /** @throws ChatError `limit.outbox` */
  add(entry: OutboxEntry): void {
    if (this.#entries.size >= ENTRIES_MAX) throw new ChatError("limit.outbox", true);
    this.#put(entry);
    this.#pump();
  }

  /** Takes a failed entry out. */
  remove(cid: string): OutboxEntry | undefined {
    return this.#entries.get(cid)?.error === undefined ? undefined : this.#drop(cid);
  }

  /** Whose messages these are: nothing of anybody else may go out. */
  belongsTo(user: string): void {
    for (const { cid, author } of this.entries) if (author && author !== user) this.#drop(cid);
  }

  /** Its event has come: it is kept with the stored messages from now on. Was it one of these? */
  seen(cid: string): boolean {
    const known = this.#drop(cid) !== undefined;
    this.#settle(cid);
    return known;
  }

  sent({ cid, id, seq }: Extract<ServerFrame, { t: "sent" }>): void {
    const entry = this.#entries.get(cid);
    if (entry) {
      this.#answered.add(cid);
      this.#put({ ...entry, id, seq });
    }
    this.#settle(cid);
  }

  refused(cid: string, code: string, retryable: boolean, retryAfterMs = RETRY_MS): void {
    const entry = this.#entries.get(cid);
    if (entry && !retryable) this.#put({ ...entry, error: code });
    else if (entry) this.#pause ??= setTimeout(() => this.#resume(), retryAfterMs);
    this.#settle(cid);
  }

  /** All that this user had sent is known: what is left has to be sent, or sent again. */
  start(): void {
    this.#open = true;
    this.#pump();
  }

  /** The socket is gone, and the answers with it. */
  stop(): void {
    this.#open = false;
    this.#inFlight = undefined;
    this.#answered.clear();
    this.#resume();
  }

  #resume(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#pump();
  }

  #settle(cid: string): void {
    if (this.#inFlight === cid) this.#inFlight = undefined;
    this.#pump();
  }

  #pump(): void {
    if (!this.#open || this.#inFlight !== undefined || this.#pause !== undefined) return;
    const next = this.entries.find(({ cid, error }) => !error && !this.#answered.has(cid));
    if (next === undefined) return;
    this.#inFlight = next.cid;
    const error = this.#ports.post(next);
    if (error !== undefined) this.refused(next.cid, error, false);
  }

  #put(entry: OutboxEntry): void {
    this.#entries.set(entry.cid, entry);
    this.#ports.changed(entry, false);
  }

  #drop(cid: string): OutboxEntry | undefined {
    const entry = this.#entries.get(cid);
    this.#answered.delete(cid);
    if (entry && this.#entries.delete(cid)) this.#ports.changed(entry, true);
    return entry;
  }
}

/** An entry as its author sees it. */
export function unsent({ error, replaces: _, ...entry }: OutboxEntry): ChatMessage {
  const status = error ? "failed" : entry.seq === undefined ? "pending" : "sent";
  return { ...entry, status, ...(error && { error }) };
}
