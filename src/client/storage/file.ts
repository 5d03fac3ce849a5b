import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalChat } from "../mailbox/chat.ts";
import type { OutboxEntry } from "../outbox/outbox.ts";
import { localClaims, type ClientStorage, type Meta } from "./storage.ts";

/**
 * Keeps a user's state in the folder `dir`, one file per chat, for one process at a time. A file is
 * replaced whole or not at all. What is written survives the process, not a power cut.
 */
export function fileStorage(dir: string): ClientStorage {
  const outbox = new Map<string, OutboxEntry>();
  const META = join(dir, "meta.json");
  const OUTBOX = join(dir, "outbox.json");

  async function chatFiles(): Promise<string[]> {
    await mkdir(dir, { recursive: true });
    const names = await readdir(dir);
    return names.filter((name) => /^chat-.*\.json$/.test(name)).map((name) => join(dir, name));
  }

  async function post(posted: readonly OutboxEntry[], gone: readonly string[]): Promise<void> {
    for (const entry of posted) outbox.set(entry.cid, entry);
    for (const cid of gone) outbox.delete(cid);
    await write(OUTBOX, [...outbox.values()]);
  }

  return {
    async load() {
      const files = await chatFiles();
      const chats = await Promise.all(files.map((file) => read<LocalChat>(file)));
      const meta = await read<Meta>(META);
      for (const entry of (await read<OutboxEntry[]>(OUTBOX)) ?? []) outbox.set(entry.cid, entry);
      return { ...(meta && { meta }), chats: chats.flatMap((chat) => chat ?? []) };
    },
    outbox: async () => [...outbox.values()],
    // The order makes it safe to die between two files: chats know what they contain, so a cursor
    // that is behind them only repeats.
    async save({ reset, meta, chats = [], posted = [], gone = [] }) {
      if (reset) for (const file of [META, ...(await chatFiles())]) await rm(file, { force: true });
      for (const chat of chats) await write(join(dir, `chat-${named(chat.peer)}.json`), chat);
      if (meta) await write(META, meta);
      if (posted.length + gone.length > 0) await post(posted, gone);
    },
    claim: localClaims(),
  };
}

async function read<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function write(file: string, value: unknown): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(value));
  await rename(`${file}.new`, file);
}

/** Ids differ by case, files perhaps not. */
const named = (peer: string): string => peer.replace(/[A-Z]/g, (c) => `=${c.toLowerCase()}`);
