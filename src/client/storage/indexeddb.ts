import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";
import type { LocalChat } from "../mailbox/localchat.ts";
import type { OutboxEntry } from "../outbox/entry.ts";
import { Tabs } from "./tabs.ts";
import { Life, type Admission, type Generation } from "./generation.ts";
import type { Changes, ClientStorage, DoneKey, Meta } from "./storage.ts";

interface Schema extends DBSchema {
  meta: { key: string; value: Meta | Generation };
  chats: { key: string; value: LocalChat | Generation };
  outbox: { key: string; value: OutboxEntry | Generation };
  keys: { key: string; value: DoneKey | Generation };
}

/** Raised when the tables change: what an earlier page has kept is loaded anew from the server. */
const FORMAT = 3;
const TABLES = ["meta", "chats", "outbox", "keys"] as const;
/** Key of a table's generation. No peer, cid or key is empty. */
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
  const tabs = new Tabs(`posthorn:${name}`);
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
    async done(key) {
      const db = await open();
      const found = key === undefined ? await db.getAll("keys") : [await db.get("keys", key)];
      return found.filter(isRow);
    },
    async save(changes) {
      const tx = (await open()).transaction(TABLES, "readwrite");
      const tables = TABLES.map((table) => tx.objectStore(table));
      const stored = await Promise.all(tables.map((table) => table.get(GENERATION)));
      // A throw here leaves a transaction that has written nothing.
      const { generation, clear } = life.admit(stored.map(named), changes);
      await Promise.all([...write(tx, changes, { generation, clear }), tx.done]);
      life.saved(generation);
      tabs.saved(changes);
    },
    onForgotten: (hear) => tabs.hear(hear),
    claim: (claimed) => claim(`posthorn:${name}:${claimed}`, claimed === "mailbox"),
  };
}

type Writing = IDBPTransaction<Schema, typeof TABLES, "readwrite">;

function write(tx: Writing, changes: Changes, { generation, clear }: Admission): unknown[] {
  const { meta, chats = [], posted = [], gone = [], done = [], undone = [] } = changes;
  const tableOf = <T extends (typeof TABLES)[number]>(table: T) => tx.objectStore(table);
  return [
    ...cleared(changes, clear).map((table) => tableOf(table).clear()),
    ...TABLES.map((table) => tableOf(table).put(generation, GENERATION)),
    meta && tableOf("meta").put(meta, "meta"),
    ...chats.map((value) => tableOf("chats").put(value, value.peer)),
    ...posted.map((entry) => tableOf("outbox").put(entry, entry.cid)),
    ...gone.map((cid) => tableOf("outbox").delete(cid)),
    ...done.map((each) => tableOf("keys").put(each, each.key)),
    ...undone.map((key) => tableOf("keys").delete(key)),
  ];
}

/** The tables that are emptied before anything is written. */
const cleared = ({ forget, voidKeys }: Changes, clear: boolean): (typeof TABLES)[number][] => [
  ...(clear ? (["chats", "meta"] as const) : []),
  ...(forget || voidKeys ? (["keys"] as const) : []),
  ...(forget ? (["outbox"] as const) : []),
];

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
