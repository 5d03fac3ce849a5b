import "fake-indexeddb/auto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deleteDB, openDB } from "idb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newChat } from "../../src/client/mailbox/chat.ts";
import { fileStorage } from "../../src/client/storage/file.ts";
import { StorageLostError } from "../../src/client/storage/generation.ts";
import { indexedDbStorage } from "../../src/client/storage/indexeddb.ts";
import { memoryStorage, type ClientStorage } from "../../src/client/storage/storage.ts";

let dir: string;
let opened = 0;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "client-"))));
afterAll(() => rm(dir, { recursive: true }));

const meta = {
  deviceId: "phone",
  login: "l",
  user: "alice",
  cursor: { epoch: "e", seq: 7 },
  sends: [],
};
const entry = {
  cid: "a.1",
  author: "alice",
  to: "bob",
  body: "hi",
  at: 1,
  writer: "a",
  name: "x",
  rank: 1,
  login: "l",
};
const bob = { ...newChat("bob"), unread: 3 };

/** Each opens the same place anew, as after a reload. */
const storages: Record<string, () => () => ClientStorage> = {
  memory: () => {
    const kept = memoryStorage();
    return () => kept;
  },
  file: () => {
    const name = `${++opened}`;
    return () => fileStorage(join(dir, name));
  },
  IndexedDB: () => {
    const name = `posthorn-${++opened}`;
    return () => indexedDbStorage(name);
  },
};

describe.each(Object.entries(storages))("a storage in %s", (_, place) => {
  test("is empty at first", async () => {
    const storage = place()();
    expect(await storage.load()).toEqual({ chats: [] });
    expect(await storage.outbox()).toEqual([]);
  });
  test("gives back what was saved, after a reload too", async () => {
    const open = place();
    const before = open();
    await before.load();
    await before.save({ meta, chats: [bob, newChat("Bob")], posted: [entry] });
    const storage = open();
    const { chats, ...rest } = await storage.load();
    expect(rest).toEqual({ meta });
    expect(chats).toHaveLength(2);
    expect(chats).toEqual(expect.arrayContaining([bob, newChat("Bob")]));
    expect(await storage.outbox()).toEqual([entry]);
  });
  test("replaces what is saved again and forgets what is gone", async () => {
    const open = place();
    await open().load();
    await open().save({ meta, chats: [bob], posted: [entry, { ...entry, cid: "a.2" }] });
    const storage = open();
    await storage.load();
    await storage.save({ chats: [{ ...bob, unread: 0 }], gone: ["a.1"] });
    expect((await storage.load()).chats).toEqual([{ ...bob, unread: 0 }]);
    expect(await storage.outbox()).toEqual([{ ...entry, cid: "a.2" }]);
  });
  test("keeps keys of sends that are done until they are forgotten, one or all", async () => {
    const open = place();
    const of = (key: string) => ({ key, cid: "a.1", at: 7 });
    await open().load();
    const before = open();
    await before.load();
    await before.save({ meta, done: [of("k"), of("l"), of("m\n")] });
    await before.save({ undone: ["l"], done: [of("n")] });
    const storage = open();
    await storage.load();
    expect(await storage.done("k")).toEqual([of("k")]);
    expect(await storage.done("l")).toEqual([]);
    const all = await storage.done();
    expect(all.map(({ key }) => key).toSorted()).toEqual(["k", "m\n", "n"]);
    await storage.save({ reset: true, meta, chats: [] });
    expect(await storage.done()).toHaveLength(3);
    await storage.save({ voidKeys: true, done: [of("o")] });
    expect(await storage.done()).toEqual([of("o")]);
  });
  test("forgets all chats on a reset, but nothing of the outbox", async () => {
    const storage = place()();
    await storage.load();
    await storage.save({ meta, chats: [bob], posted: [entry] });
    await storage.save({ reset: true, meta, chats: [newChat("carol")] });
    expect((await storage.load()).chats).toEqual([newChat("carol")]);
    expect(await storage.outbox()).toEqual([entry]);
  });
});

/** Takes a part of a storage away, as a person does who clears site data or deletes files. */
const losses: Record<string, (place: string, lost: "all" | "meta" | "chats") => Promise<void>> = {
  async file(place, lost) {
    const folder = join(dir, place);
    for (const name of await readdir(folder))
      if (lost === "all" || name.startsWith(lost === "meta" ? "meta" : "chat-"))
        await writeFile(join(folder, name), lost === "all" ? "[half" : "");
    if (lost === "all") await rm(folder, { recursive: true });
  },
  async IndexedDB(place, lost) {
    if (lost === "all") return deleteDB(place);
    const db = await openDB(place);
    await db.clear(lost);
    db.close();
  },
};

describe.each(Object.entries(losses))("a storage in %s that was cleared", (kind, lose) => {
  const place = (): { open: () => ClientStorage; name: string } => {
    const open = storages[kind]!();
    return { open, name: kind === "file" ? `${opened}` : `posthorn-${opened}` };
  };
  const begun = async (storage: ClientStorage): Promise<void> => {
    await storage.load();
    await storage.save({ reset: true, meta, chats: [bob, newChat("carol")], posted: [entry] });
  };

  test("while its client goes on refuses the next save, and takes all that there is", async () => {
    const { open, name } = place();
    const storage = open();
    await begun(storage);
    await lose(name, "all");
    await expect(storage.save({ meta, chats: [bob] })).rejects.toThrow(StorageLostError);
    await storage.save({ reset: true, meta, chats: [bob, newChat("carol")], posted: [entry] });
    const after = open();
    expect((await after.load()).chats).toHaveLength(2);
    expect(await after.outbox()).toEqual([entry]);
  });
  test("refuses the next save also where that one replaces all chats", async () => {
    const { open, name } = place();
    const storage = open();
    await begun(storage);
    await lose(name, "all");
    const all = { reset: true, meta, chats: [bob] };
    await expect(storage.save(all)).rejects.toThrow(StorageLostError);
    await storage.save({ ...all, posted: [entry] });
    expect(await open().load()).toEqual({ meta, chats: [bob] });
  });
  test.each(["meta", "chats"] as const)("in part (%s) is read as a new one", async (part) => {
    const { open, name } = place();
    await begun(open());
    await lose(name, part);
    const after = open();
    expect(await after.load()).toEqual({ chats: [] });
    await after.save({ meta, chats: [newChat("dave")] });
    expect(await open().load()).toEqual({ meta, chats: [newChat("dave")] });
  });
});

test("a storage in IndexedDB that another tab has begun anew takes what this one has to send", async () => {
  const name = `posthorn-${++opened}`;
  const [one, two] = [indexedDbStorage(name), indexedDbStorage(name)];
  for (const tab of [one, two]) await tab.load();
  await one.save({ reset: true, meta, chats: [bob] });
  await two.save({ posted: [{ ...entry, cid: "a.2" }] });
  await deleteDB(name);
  await expect(one.save({ meta })).rejects.toThrow(StorageLostError);
  await one.save({ reset: true, meta, chats: [bob] });
  await expect(two.save({ gone: ["a.1"] })).rejects.toThrow(StorageLostError);
  await two.save({ posted: [entry] });
  expect(await one.outbox()).toEqual([entry]);
});

describe("a claim", () => {
  test.each(["memory", "file"])("in %s is held by one at a time", async (kind) => {
    const storage = storages[kind]!()();
    const release = await storage.claim("mailbox");
    expect(await storage.claim("mailbox")).toBeUndefined();
    expect(await storage.claim("outbox:x")).toBeDefined();
    release?.();
    expect(await storage.claim("mailbox")).toBeDefined();
    // A claim that was given back is another's by now.
    release?.();
    expect(await storage.claim("mailbox")).toBeUndefined();
  });

  test("in IndexedDB is a Web Lock, named by the database", async () => {
    const held = new Set<string>();
    const request = async (
      name: string,
      options: object,
      run: (lock: object | null) => unknown,
    ): Promise<void> => {
      expect(options).toEqual({ ifAvailable: true });
      if (held.has(name)) return void run(null);
      held.add(name);
      await run({ name });
      held.delete(name);
    };
    vi.stubGlobal("navigator", { locks: { request } });
    const [one, two] = [indexedDbStorage("tabs"), indexedDbStorage("tabs")];
    const release = await one.claim("mailbox");
    expect([...held]).toEqual(["posthorn:tabs:mailbox"]);
    expect(await two.claim("mailbox")).toBeUndefined();
    release?.();
    await expect.poll(() => two.claim("mailbox")).toBeDefined();
    vi.unstubAllGlobals();
  });

  test("without Web Locks nobody writes the mailbox, and all send what is left", async () => {
    vi.stubGlobal("navigator", {});
    const storage = indexedDbStorage("plain");
    expect(await storage.claim("mailbox")).toBeUndefined();
    expect(await storage.claim("outbox:x")).toBeDefined();
    vi.unstubAllGlobals();
  });
});
