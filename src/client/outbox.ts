import type { ServerFrame } from "../events/frames.ts";
import type { ChatMessage } from "./api.ts";
import { ChatError } from "./error.ts";

/** A message on its way; gone when it has been seen in the own mailbox. */
export interface OutboxEntry {
  readonly cid: string;
  readonly to: string;
  readonly body: string;
  /** When it was written, ms since 1970. */
  readonly at: number;
  /** Once stored, as far as the server has said. */
  readonly id?: string;
  readonly seq?: number;
  /** Why it was refused for good. */
  readonly error?: string;
}

/** Waiting sends of one client; more are refused, so that a bot without a network does not grow. */
const ENTRIES_MAX = 1000;
const RETRY_MS = 1000;

interface Ports {
  /** Sends the frame. A code says why it cannot ever be sent. */
  post(entry: OutboxEntry): string | undefined;
  /** An entry is new, looks different or is gone. */
  changed(entry: OutboxEntry, gone: boolean): void;
}

/**
 * Sends one message after the other: the next when the server has answered for the one before. So
 * their order is kept, and an `n` that has been stored tells that all before it were.
 */
export function createOutbox({ post, changed }: Ports) {
  const entries = new Map<string, OutboxEntry>();
  /** Those the server has taken on this connection. */
  const answered = new Set<string>();
  let open = false;
  let inFlight: string | undefined;
  let pause: ReturnType<typeof setTimeout> | undefined;

  function put(entry: OutboxEntry): void {
    entries.set(entry.cid, entry);
    changed(entry, false);
  }
  function drop(cid: string): OutboxEntry | undefined {
    const entry = entries.get(cid);
    if (entry === undefined) return undefined;
    entries.delete(cid);
    changed(entry, true);
    return entry;
  }
  function settle(cid: string): void {
    if (inFlight === cid) inFlight = undefined;
    pump();
  }
  function pump(): void {
    if (!open || inFlight !== undefined || pause !== undefined) return;
    const next = [...entries.values()].find(({ cid, error }) => !error && !answered.has(cid));
    if (next === undefined) return;
    inFlight = next.cid;
    const error = post(next);
    if (error === undefined) return;
    put({ ...next, error });
    settle(next.cid);
  }

  return {
    entries: (): OutboxEntry[] => [...entries.values()],
    has: (cid: string): boolean => entries.has(cid),
    /** @throws ChatError `limit.outbox` */
    add(entry: OutboxEntry): void {
      if (entries.size >= ENTRIES_MAX) throw new ChatError("limit.outbox", true);
      put(entry);
      pump();
    },
    /** Takes a failed entry out. */
    remove: (cid: string): OutboxEntry | undefined =>
      entries.get(cid)?.error === undefined ? undefined : drop(cid),
    /** Its event has come: it is stored, and kept with the other messages from now on. */
    seen(cid: string): boolean {
      const known = drop(cid) !== undefined;
      settle(cid);
      return known;
    },
    sent({ cid, id, seq }: Extract<ServerFrame, { t: "sent" }>): void {
      const entry = entries.get(cid);
      answered.add(cid);
      if (entry) put({ ...entry, id, seq });
      settle(cid);
    },
    refused(cid: string, code: string, retryable: boolean, retryAfterMs = RETRY_MS): void {
      const entry = entries.get(cid);
      if (retryable && entry)
        pause ??= setTimeout(() => {
          pause = undefined;
          pump();
        }, retryAfterMs);
      else if (entry) put({ ...entry, error: code });
      settle(cid);
    },
    /** All that this user had sent is known: whatever is left has to be sent, or sent again. */
    start(): void {
      open = true;
      pump();
    },
    /** The socket is gone, and the answers with it. */
    stop(): void {
      open = false;
      inFlight = undefined;
      answered.clear();
      clearTimeout(pause);
      pause = undefined;
    },
  };
}

/** An entry as a message of its user. */
export function unsent({ error, ...entry }: OutboxEntry, author: string): ChatMessage {
  const status = error ? "failed" : entry.seq === undefined ? "pending" : "sent";
  return { ...entry, author, status, ...(error && { error }) };
}
