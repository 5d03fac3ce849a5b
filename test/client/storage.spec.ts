import "fake-indexeddb/auto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newChat } from "../../src/client/mailbox/chat.ts";
import { fileStorage } from "../../src/client/storage/file.ts";
import { indexedDbStorage } from "../../src/client/storage/indexeddb.ts";
import { memoryStorage, type ClientStorage } from "../../src/client/storage/storage.ts";

let dir: string;
let opened = 0;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "client-"))));
afterAll(() => rm(dir, { recursive: true }));

const meta = { deviceId: "phone", user: "alice", cursor: { epoch: "e", seq: 7 }, sends: [] };
const entry = { cid: "a.1", author: "alice", to: "bob", body: "hi", at: 1 };
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
  test("forgets all chats on a reset, but nothing of the outbox", async () => {
    const storage = place()();
    await storage.load();
    await storage.save({ meta, chats: [bob], posted: [entry] });
    await storage.save({ reset: true, meta, chats: [newChat("carol")] });
    expect((await storage.load()).chats).toEqual([newChat("carol")]);
    expect(await storage.outbox()).toEqual([entry]);
  });
});

describe("a claim", () => {
  test.each(["memory", "file"])("in %s is held by one at a time", async (kind) => {
    const storage = storages[kind]!()();
    const release = await storage.claim("mailbox");
    expect(await storage.claim("mailbox")).toBeUndefined();
    expect(await storage.claim("outbox:x")).toBeDefined();
    release?.();
    expect(await storage.claim("mailbox")).toBeDefined();
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
    await vi.waitFor(async () => expect(await two.claim("mailbox")).toBeDefined());
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
