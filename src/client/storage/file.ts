import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalChat } from "../mailbox/localchat.ts";
import type { OutboxEntry } from "../outbox/entry.ts";
import { Farewell } from "./farewell.ts";
import { Life, type Generation } from "./generation.ts";
import { KeysFile } from "./keysfile.ts";
import { doneIn, localClaims, post, type ClientStorage, type Meta } from "./storage.ts";

/** The content of a file. */
interface Kept<T> {
  readonly generation: Generation;
  readonly value: T;
}

/**
 * Keeps a user's state in the folder `dir`, one file per chat, for one process at a time. A file is
 * replaced whole or not at all. A written file survives the process, not a power cut.
 */
export function fileStorage(dir: string): ClientStorage {
  const life = new Life();
  const farewell = new Farewell();
  const outbox = new Map<string, OutboxEntry>();
  const keys = new KeysFile(join(dir, "keys.jsonl"));
  const META = join(dir, "meta.json");
  const OUTBOX = join(dir, "outbox.json");
  const tables = () =>
    Promise.all([read<Meta | undefined>(META), read<readonly OutboxEntry[]>(OUTBOX)]);

  return {
    async load() {
      const [meta, posted] = await tables();
      const files = await Promise.all((await chatFiles(dir)).map((file) => read<LocalChat>(file)));
      for (const entry of posted?.value ?? []) outbox.set(entry.cid, entry);
      await keys.load(meta?.generation);
      const kept = files.flatMap((file) => file ?? []);
      if (!life.loaded([meta, posted, ...kept].map((file) => file?.generation)))
        return { chats: [] };
      return { ...(meta?.value && { meta: meta.value }), chats: kept.map(({ value }) => value) };
    },
    outbox: async () => [...outbox.values()],
    done: async (key) => doneIn(keys.all, key),
    async save(changes) {
      await mkdir(dir, { recursive: true });
      const posts = post(outbox, changes);
      const stored = await tables();
      const lives = stored.map((file) => file?.generation);
      const { generation, clear } = life.admit(lives, changes);
      if (clear) await forget(dir);
      const begins = clear || lives.some((name) => name !== generation);
      const kept = clear ? undefined : stored[0]?.value;
      const meta = changes.meta ?? kept;
      // A key is done before its entry is gone.
      await keys.save(generation, changes);
      // The order makes it safe to die between two files: chats know what they contain, so a cursor
      // that is behind them only repeats; and files that do not agree are read as none.
      await write(generation, [
        ...(changes.chats ?? []).map((chat) => [chatFile(dir, chat.peer), chat] as const),
        ...when(begins || changes.meta !== undefined, [META, meta]),
        ...when(begins || posts, [OUTBOX, [...outbox.values()]]),
      ]);
      life.saved(generation);
      farewell.saved(changes);
    },
    onForgotten: (hear) => farewell.hear(hear),
    claim: localClaims(),
  };
}

async function chatFiles(dir: string, form = /^chat-.*\.json$/): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  const names = await readdir(dir);
  return names.filter((name) => form.test(name)).map((name) => join(dir, name));
}

/** Forgets the chats, those included that a crash has left without a name. */
async function forget(dir: string): Promise<void> {
  for (const file of await chatFiles(dir, /^chat-.*\.json(\.new)?$/))
    await rm(file, { force: true });
}

/** Ids differ by case, files perhaps not. */
const chatFile = (dir: string, peer: string): string =>
  join(dir, `chat-${peer.replace(/[A-Z]/g, (c) => `=${c.toLowerCase()}`)}.json`);

async function read<T>(file: string): Promise<Kept<T> | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Kept<T>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    // Half a file, or another program's: it agrees with no other.
    if (error instanceof SyntaxError) return { generation: file, value: undefined as T };
    throw error;
  }
}

/** A file's path, and what it is to hold. */
type File = readonly [path: string, value: unknown];

const when = (due: boolean, file: File): File[] => (due ? [file] : []);

async function write(generation: Generation, files: readonly File[]): Promise<void> {
  for (const [path, value] of files) {
    await writeFile(`${path}.new`, JSON.stringify({ generation, value }));
    await rename(`${path}.new`, path);
  }
}
