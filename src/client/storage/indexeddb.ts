import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { LocalChat } from "../mailbox/localchat.ts";
import type { OutboxEntry } from "../outbox/entry.ts";
import { Life, type Generation } from "./generation.ts";
import type { ClientStorage, Meta } from "./storage.ts";

interface Schema extends DBSchema {
  meta: { key: string; value: Meta | Generation };
  chats: { key: string; value: LocalChat | Generation };
  outbox: { key: string; value: OutboxEntry | Generation };
}

/** Raised when the tables change: what an earlier page has kept is loaded anew from the server. */
const FORMAT = 2;
const TABLES = ["meta", "chats", "outbox"] as const;
/** Key of a table's generation. No peer and no cid is empty. */
const GENERATION = "";

/** Opens the database at the first call, and again after it was deleted or could not be opened. */
function opener(name: string): () => Promise<IDBPDatabase<Schema>> {
  let opening: Promise<IDBPDatabase<Schema>> | undefined;
  return () => {
    if (opening !== undefined) return opening;
    const attempt = openDB<Schema>(name, FORMAT, {
      upgrade(db) {
        for (const table of db.objectStoreNames) db.deleteObjectStore(table);
        for (const table of TABLES) db.createObjectStore(table);
      },
      // Another page deletes the database, and may.
      blocking: (_from, _to, event) => {
        opening = undefined;
        (event.target as IDBDatabase).close();
      },
      terminated: () => (opening = undefined),
    });
    opening = attempt;
    attempt.catch(() => {
      if (opening === attempt) opening = undefined;
    });
    return attempt;
  };
}

/** Keeps a user's state in the browser's database `name`, which its tabs share. */
export function indexedDbStorage(name: string): ClientStorage {
  const life = new Life();
  const open = opener(name);
  return {
    async load() {
      const tx = (await open()).transaction(TABLES);
      const [meta, chats, ...generations] = await Promise.all([
        tx.objectStore("meta").get("meta"),
        tx.objectStore("chats").getAll(),
        ...TABLES.map((table) => tx.objectStore(table).get(GENERATION)),
      ]);
      if (!life.loaded(generations.map(named))) return { chats: [] };
      return { ...(isRow(meta) && { meta }), chats: chats.filter(isRow) };
    },
    async outbox() {
      return (await (await open()).getAll("outbox")).filter(isRow);
    },
    async save({ reset = false, meta, chats = [], posted = [], gone = [] }) {
      const tx = (await open()).transaction(TABLES, "readwrite");
      const [metas, chat, outbox] = [
        tx.objectStore("meta"),
        tx.objectStore("chats"),
        tx.objectStore("outbox"),
      ];
      const stored = await Promise.all([metas, chat, outbox].map((table) => table.get(GENERATION)));
      // A throw here leaves a transaction that has written nothing.
      const { generation, clear } = life.admit(stored.map(named), reset);
      await Promise.all([
        clear && chat.clear(),
        clear && metas.clear(),
        ...[metas, chat, outbox].map((table) => table.put(generation, GENERATION)),
        meta && metas.put(meta, "meta"),
        ...chats.map((value) => chat.put(value, value.peer)),
        ...posted.map((entry) => outbox.put(entry, entry.cid)),
        ...gone.map((cid) => outbox.delete(cid)),
        tx.done,
      ]);
      life.saved(generation);
    },
    claim: (claimed) => claim(`posthorn:${name}:${claimed}`, claimed === "mailbox"),
  };
}

const named = (value: unknown): Generation | undefined =>
  typeof value === "string" ? value : undefined;
const isRow = <Row>(value: Row | Generation | undefined): value is Row => typeof value === "object";

/**
 * Takes a Web Lock, which a tab gives back however it ends. Without Web Locks (a page over plain HTTP
 * that is not on this machine) tabs cannot know of each other: then no tab writes the mailbox, and
 * every tab may send what lies in the outbox, for a cid is stored once only.
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
