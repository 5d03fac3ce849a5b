import { isRepeat, remember, type Sends } from "../events/sends.ts";
import { fold, newChat, peerOf, trimmed, type EventFrame, type LocalChat } from "./chat.ts";
import type { OutboxEntry } from "./outbox.ts";
import type { Changes, ClientStorage, Meta } from "./storage.ts";

interface Ports {
  storage: ClientStorage;
  /** For a device that has none yet. */
  deviceId: string;
  /** These chats are stored now. */
  saved(peers: string[]): void;
  failed(error: unknown): void;
}

/** The claim of the one client that writes the chats and the cursor. */
const MAILBOX = "mailbox";

/**
 * What this device knows, and the one that writes it down. Changes gather while a save runs, so that
 * a thousand events cost a few saves. Of several tabs with one storage, one writes the chats and the
 * cursor; another takes over, with all that it knows, when that one is gone.
 */
export function createLocal({ storage, deviceId, saved, failed }: Ports) {
  let meta: Meta = { deviceId, sends: [] };
  const chats = new Map<string, LocalChat>();
  const dirty = { meta: false, reset: false, chats: new Set<string>() };
  /** Outbox entries to write, or, undefined, to forget. */
  const posts = new Map<string, OutboxEntry | undefined>();
  const claims = new Map<string, () => void>();
  let saving: Promise<void> | undefined;

  async function claim(name: string): Promise<boolean> {
    if (claims.has(name)) return true;
    const release = await storage.claim(name);
    if (release) claims.set(name, release);
    return release !== undefined;
  }

  function touch(change: Partial<Pick<typeof dirty, "meta" | "reset">> = {}): void {
    Object.assign(dirty, change);
    saving ??= drain().finally(() => (saving = undefined));
  }
  async function drain(): Promise<void> {
    // One turn, so that what comes together is saved together.
    await Promise.resolve();
    while (dirty.meta || dirty.reset || dirty.chats.size > 0 || posts.size > 0) {
      const wrote = claims.has(MAILBOX);
      const writes = await claim(MAILBOX);
      if (writes && !wrote) dirty.reset = true;
      const [changes, undo] = take(writes);
      try {
        await storage.save(changes);
      } catch (error) {
        undo();
        failed(error);
        return;
      }
    }
  }
  function take(writes: boolean): [Changes, () => void] {
    const { reset } = dirty;
    const peers = [...dirty.chats];
    const entries = [...posts];
    const kept = reset ? [...chats.values()] : peers.flatMap((peer) => chats.get(peer) ?? []);
    const changes: Changes = {
      posted: entries.flatMap(([, entry]) => entry ?? []),
      gone: entries.flatMap(([cid, entry]) => (entry ? [] : cid)),
      ...(writes && { reset, meta, chats: kept.map((chat) => trimmed(chat)) }),
    };
    Object.assign(dirty, { meta: false, reset: false, chats: new Set() });
    posts.clear();
    const undo = (): void => {
      Object.assign(dirty, { meta: true, reset: reset || dirty.reset });
      for (const peer of peers) dirty.chats.add(peer);
      for (const [cid, entry] of entries) if (!posts.has(cid)) posts.set(cid, entry);
    };
    return [changes, undo];
  }

  return {
    chats,
    get user() {
      return meta.user;
    },
    get deviceId() {
      return meta.deviceId;
    },
    get cursor() {
      return meta.cursor;
    },
  };
}
