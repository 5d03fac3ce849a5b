import { describe, expect, test } from "vitest";
import "fake-indexeddb/auto";
import { memoryStorage, type ClientStorage } from "../../src/client/storage/storage.ts";
import { BrowserDisk, slow } from "./browser.ts";
import {
  answers,
  bodies,
  device,
  gather,
  heard,
  left,
  modelServer,
  online,
  pass,
  server,
} from "./devices.ts";

describe("a person who logs out", () => {
  modelServer();

  /** Two tabs of alice's, with a chat and a message that cannot go out. */
  async function tabs(disk: BrowserDisk) {
    const here = await online("alice", { storage: disk.open() });
    const there = await online("alice", { storage: disk.open() });
    here.send("bob", "secret");
    await pass(200);
    server.down = true;
    server.cut("alice");
    here.send("bob", "unsent here");
    there.send("carol", "unsent there");
    await pass(200);
    expect(disk.outbox.size).toBe(2);
    return { here, there };
  }

  test("[C4] leaves nothing in the storage, and nothing in any tab, and all of them end", async () => {
    const disk = new BrowserDisk();
    const { here, there } = await tabs(disk);
    const states = answers(there, () => there.connection);
    const { login } = disk.meta!;
    await here.close({ forget: true });
    await pass(100);
    expect(states.at(-1)).toEqual({ state: "closed", reason: "login.ended" });
    for (const tab of [here, there]) {
      expect([tab.connection.state, tab.user, tab.chats().items]).toEqual([
        "closed",
        undefined,
        [],
      ]);
      expect(tab.messages("bob").items).toEqual([]);
      expect(() => tab.send("bob", "x")).toThrow("connection.closed");
    }
    expect(disk.outbox.size).toBe(0);
    expect(JSON.stringify([disk.meta, await disk.open().load()])).not.toMatch(/alice|bob|secret/);
    expect(disk.meta?.ended).toBe(login);
    expect(disk.meta?.login).not.toBe(login);
    server.down = false;
    await pass(60_000);
    expect(heard("send")).toHaveLength(1);
  });

  test("ends a tab that was told nothing as soon as it has something to write, and it writes nothing", async () => {
    const disk = new BrowserDisk();
    const { here, there } = await tabs(disk);
    disk.deaf = true;
    await here.close({ forget: true });
    expect(bodies(there, "carol")).toEqual(["unsent there"]);
    there.send("carol", "one more");
    await pass(100);
    expect(there.connection).toEqual({ state: "closed", reason: "login.ended" });
    expect([there.chats().items, disk.outbox.size, disk.meta?.user]).toEqual([[], 0, undefined]);
  });

  test("may log in as somebody else in the same tab, who sees and sends nothing of the one before", async () => {
    const disk = new BrowserDisk();
    const { here, there } = await tabs(disk);
    server.down = false;
    await here.close({ forget: true });
    const bob = await online("bob", { storage: disk.open() });
    const errors = gather(bob, "error");
    await pass(60_000);
    expect(bob.user).toBe("bob");
    expect(bodies(bob, "alice")).toEqual(["secret"]);
    expect(bob.messages("carol").items).toEqual([]);
    expect([errors, there.connection.state]).toEqual([[], "closed"]);
  });

  test("connects again as if it were the first time", async () => {
    const disk = new BrowserDisk();
    const { here, there } = await tabs(disk);
    server.down = false;
    const closing = here.close({ forget: true });
    here.connect();
    await pass(200);
    await closing;
    there.connect();
    await pass(200);
    expect([here.connection.state, there.connection.state]).toEqual(["online", "online"]);
    expect(bodies(here, "bob")).toEqual(["secret"]);
    expect(here.messages("carol").items).toEqual([]);
    expect(heard("hello").at(-1)?.deviceId).toBe(disk.meta?.deviceId);
    there.send("carol", "new");
    await pass(200);
    expect(bodies(here, "carol")).toEqual(["new"]);
  });

  test("is heard by a tab that was closed before and is open again", async () => {
    const disk = new BrowserDisk();
    const { here, there } = await tabs(disk);
    server.down = false;
    await there.close();
    there.connect();
    await pass(200);
    await here.close({ forget: true });
    await pass(100);
    expect(there.connection).toEqual({ state: "closed", reason: "login.ended" });
  });

  test("is waited for by the connection that follows, however slow the storage is, and can be done again", async () => {
    const disk = new BrowserDisk();
    const storage = slow(disk.open(), ({ forget }) => (forget ? 1_000 : 0));
    const alice = await online("alice", { storage });
    for (const body of ["secret", "another"]) {
      alice.send("bob", body);
      await pass(200);
      const { deviceId, login } = disk.meta!;
      const closing = alice.close({ forget: true });
      alice.connect();
      await pass(3_000);
      await closing;
      expect(disk.meta?.deviceId).not.toBe(deviceId);
      expect(heard("hello").at(-1)?.deviceId).toBe(disk.meta?.deviceId);
      expect(disk.meta?.ended).toBe(login);
    }
  });

  test("comes behind a write that is under way", async () => {
    const disk = new BrowserDisk();
    const storage = slow(disk.open(), ({ forget }) => (forget ? 0 : 300));
    const alice = await online("alice", { storage });
    await pass(2_000);
    alice.send("bob", "secret");
    await pass(100);
    const closing = alice.close({ forget: true });
    await pass(2_000);
    await closing;
    expect(JSON.stringify([disk.meta, await disk.open().load()])).not.toMatch(/alice|bob|secret/);
    expect(disk.outbox.size).toBe(0);
  });

  test("while another tab is closed, has that one know and send nothing of it when it is opened again", async () => {
    const disk = new BrowserDisk();
    const { here, there } = await tabs(disk);
    await there.close();
    await here.close({ forget: true });
    server.down = false;
    there.connect();
    await pass(60_000);
    expect(there.messages("carol").items).toEqual([]);
    expect(heard("send").map(({ body }) => body)).toEqual(["secret"]);
  });

  test("while a tab reads what is stored, has it take nothing of that", async () => {
    const disk = new BrowserDisk();
    const { here } = await tabs(disk);
    disk.outbox.set("dead.1", left("dead.1", { body: "of a dead tab", login: "" }));
    const late = device("alice", { storage: disk.open() });
    late.connect();
    await here.close({ forget: true });
    server.down = false;
    await pass(60_000);
    expect([late.chats().items, disk.outbox.size]).toEqual([[], 0]);
  });

  test("before the tab has read whose log-in it is, ends that one by its name", async () => {
    const disk = new BrowserDisk();
    const { there } = await tabs(disk);
    disk.deaf = true;
    const { login } = disk.meta!;
    const late = device("alice", { storage: disk.open() });
    late.connect();
    await late.close({ forget: true });
    expect(disk.meta?.ended).toBe(login);
    there.send("carol", "one more");
    await pass(100);
    expect(there.connection).toEqual({ state: "closed", reason: "login.ended" });
  });

  test("where nobody has logged in yet, ends no log-in that comes later", async () => {
    const disk = new BrowserDisk();
    await device("alice", { storage: disk.open() }).close({ forget: true });
    expect(disk.meta).not.toHaveProperty("ended");
    const storage = disk.open();
    const { load } = storage;
    // Of a storage that could not be read at first the client has no name of a log-in, too.
    storage.load = () => Promise.reject(new Error("broken"));
    const bob = await online("bob", { storage });
    storage.load = load;
    bob.send("alice", "hi");
    await pass(60_000);
    expect([bob.connection.state, disk.meta?.user]).toEqual(["online", "bob"]);
  });

  test("is told when the storage could not be emptied; here nothing is left all the same", async () => {
    const storage: ClientStorage = {
      ...memoryStorage(),
      save: () => Promise.reject(new Error("broken")),
    };
    const alice = await online("alice", { storage });
    alice.send("bob", "secret");
    await pass(100);
    await expect(alice.close({ forget: true })).rejects.toMatchObject({
      code: "storage.failed",
      retryable: true,
    });
    expect(alice.chats().items).toEqual([]);
  });

  test("with a storage that fails at every call, comes to an end", async () => {
    const fails = (): Promise<never> => Promise.reject(new Error("broken"));
    const storage = { load: fails, outbox: fails, done: fails, save: fails, claim: fails };
    const alice = await online("alice", { storage });
    alice.send("bob", "from memory");
    await pass(10_000);
    expect(bodies(alice, "bob")).toEqual(["from memory"]);
    await expect(alice.close({ forget: true })).rejects.toThrow("storage.failed");
    expect([alice.connection.state, alice.chats().items]).toEqual(["closed", []]);
  });
});
