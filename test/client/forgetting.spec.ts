import "fake-indexeddb/auto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { fileStorage } from "../../src/client/storage/file.ts";
import { indexedDbStorage } from "../../src/client/storage/indexeddb.ts";
import { memoryStorage } from "../../src/client/storage/storage.ts";
import { folder } from "../support/folder.ts";
import { left } from "./devices.ts";

describe("a storage that is made to forget", () => {
  const meta = { deviceId: "d", login: "one", user: "alice", sends: [] };
  const entry = left("dead.1", { body: "secret" });
  const done = [{ key: "secret", cid: "dead.1", at: 1 }];
  const after = { deviceId: "e", login: "two", sends: [], ended: "one" };

  test.each([
    ["memory", () => memoryStorage()],
    ["files", () => fileStorage(folder())],
    [
      "a browser's database",
      () => {
        return indexedDbStorage(`forgetting-${Math.random()}`);
      },
    ],
  ])(
    "has nothing but the name of the log-in that has ended, in %s, and says so once",
    async (_, make) => {
      const storage = make();
      await storage.load();
      await storage.save({ meta, posted: [entry], done });
      const ended: string[] = [];
      const end = storage.onForgotten?.((login) => void ended.push(login));
      await storage.save({ forget: true, meta: after });
      expect(await storage.load()).toEqual({ meta: after, chats: [] });
      expect([await storage.outbox(), await storage.done()]).toEqual([[], []]);
      await storage.save({ meta: { ...after, user: "bob" } });
      expect(ended).toEqual(["one"]);
      end?.();
      await storage.save({ forget: true });
      expect(await storage.load()).toEqual({ chats: [] });
    },
  );

  test("tells the other tabs, and not its own", async () => {
    const name = `tabs-${Math.random()}`;
    const [here, there] = [indexedDbStorage(name), indexedDbStorage(name)];
    await here.load();
    await here.save({ meta });
    await there.load();
    const told = new Promise<string>((resolve) => there.onForgotten?.(resolve));
    await here.save({ forget: true, meta: after });
    expect(await told).toBe("one");
    await expect(there.save({ meta })).rejects.toThrow("cleared");
  });

  test("[C2] tells nobody where a browser that keeps no site data lets no page have a channel", async () => {
    vi.stubGlobal("BroadcastChannel", function refuse() {
      throw new DOMException("The operation is insecure.", "SecurityError");
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    const storage = indexedDbStorage(`insecure-${Math.random()}`);
    const ended: string[] = [];
    storage.onForgotten?.((login) => void ended.push(login));
    await storage.load();
    await storage.save({ meta });
    await storage.save({ forget: true, meta: after });
    expect(ended).toEqual(["one"]);
  });

  test("leaves no word of it in a folder", async () => {
    const dir = folder();
    const storage = fileStorage(dir);
    await storage.load();
    await storage.save({ meta, posted: [entry], done });
    // A crash between the writing of a file and its naming.
    await writeFile(join(dir, "chat-bob.json.new"), "secret");
    await storage.save({ forget: true, meta: after });
    for (const name of await readdir(dir))
      expect(await readFile(join(dir, name), "utf8")).not.toMatch(/secret|alice/);
  });
});
