import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { LocalChat } from "../mailbox/chat.ts";
import type { OutboxEntry } from "../outbox/outbox.ts";
import type { ClientStorage, Meta } from "./storage.ts";

interface Schema extends DBSchema {
  meta: { key: string; value: Meta };
  chats: { key: string; value: LocalChat };
  outbox: { key: string; value: OutboxEntry };
}

/** Keeps a user's state in the browser's database `name`, which its tabs share. */
export function indexedDbStorage(name: string): ClientStorage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined;
  const open = (): Promise<IDBPDatabase<Schema>> =>
    (opening ??= openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("meta");
        db.createObjectStore("chats", { keyPath: "peer" });
        db.createObjectStore("outbox", { keyPath: "cid" });
      },
      // Somebody deletes the database: let them.
      blocking: (_from, _to, event) => {
        opening = undefined;
        (event.target as IDBDatabase).close();
      },
      terminated: () => (opening = undefined),
    }));

  return {
    async load() {
      const tx = (await open()).transaction(["meta", "chats"]);
      const [meta, chats] = await Promise.all([
        tx.objectStore("meta").get("meta"),
        tx.objectStore("chats").getAll(),
      ]);
      return { ...(meta && { meta }), chats };
    },
    async outbox() {
      return (await open()).getAll("outbox");
    },
    async save({ reset, meta, chats = [], posted = [], gone = [] }) {
      const tx = (await open()).transaction(["meta", "chats", "outbox"], "readwrite");
      const [metas, chat, outbox] = [
        tx.objectStore("meta"),
        tx.objectStore("chats"),
        tx.objectStore("outbox"),
      ];
      await Promise.all([
        reset && chat.clear(),
        meta && metas.put(meta, "meta"),
        ...chats.map((value) => chat.put(value)),
        ...posted.map((entry) => outbox.put(entry)),
        ...gone.map((cid) => outbox.delete(cid)),
        tx.done,
      ]);
    },
    claim: (claimed) => claim(`posthorn:${name}:${claimed}`, claimed === "mailbox"),
  };
}

/**
 * By Web Locks, which a tab gives back however it ends. Without them (a page over plain HTTP that is
 * not on this machine) tabs cannot know of each other: then nobody writes the mailbox, and everybody
 * may send what lies in the outbox, for a cid is stored once only.
 */
async function claim(name: string, exclusive: boolean): Promise<(() => void) | undefined> {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (locks === undefined) return exclusive ? undefined : () => undefined;
  return new Promise((resolve, reject) => {
    const held = locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}
