import { describe, expect, test } from "vitest";
import { BrowserDisk } from "./browser.ts";
import { bodies, device, left, modelServer, online, pass } from "./devices.ts";
import { holding } from "./tab.ts";

modelServer();

describe("[C4] a log-out while the storage is at work", () => {
  test.each(["claim", "done", "load", "outbox"] as const)(
    "takes nothing of what is being read (%s)",
    async (call) => {
      const disk = new BrowserDisk();
      const before = await online("alice", { storage: disk.open() });
      before.send("bob", "secret");
      await pass(100);
      await before.close();
      disk.outbox.set("dead.1", left("dead.1", { body: "of a dead tab" }));
      const { storage, hold } = holding(disk.open());
      const [answer, write] = [hold(call), hold("save")];
      const alice = device("alice", { storage });
      alice.connect();
      await pass(1);
      const closing = alice.close({ forget: true });
      answer();
      await pass(100);
      expect([alice.user, alice.chats().items]).toEqual([undefined, []]);
      write();
      await closing;
      await pass(60_000);
      expect([alice.user, alice.chats().items, disk.outbox.size]).toEqual([undefined, [], 0]);
    },
  );

  test("comes behind what is being written", async () => {
    const disk = new BrowserDisk();
    const { storage, hold } = holding(disk.open());
    const alice = await online("alice", { storage });
    const { login } = disk.meta!;
    const write = hold("save");
    alice.send("bob", "secret");
    await pass(1);
    const closing = [alice.close({ forget: true }), alice.close({ forget: true })];
    await pass(1);
    write();
    await Promise.all(closing);
    expect(disk.meta?.ended).toBe(login);
    expect(JSON.stringify([...disk.outbox.values(), await storage.load()])).not.toMatch(
      /alice|secret/,
    );
  });

  test.each(["claim", "load", "save"] as const)(
    "in another tab stops what this one writes (%s)",
    async (call) => {
      const disk = new BrowserDisk();
      const [first, here] = [
        await online("alice", { storage: disk.open() }),
        await online("alice", { storage: disk.open() }),
      ];
      const { storage, hold } = holding(disk.open());
      const there = await online("alice", { storage });
      const { login } = disk.meta!;
      await first.close();
      const answer = hold(call);
      there.send("bob", "secret");
      await pass(1);
      await here.close({ forget: true });
      answer();
      await pass(60_000);
      expect([disk.meta?.ended, disk.outbox.size]).toEqual([login, 0]);
    },
  );

  test("is over before the next connection reads what is there", async () => {
    const disk = new BrowserDisk();
    const { storage, hold } = holding(disk.open());
    const alice = await online("alice", { storage });
    alice.send("bob", "secret");
    await pass(100);
    const write = hold("save");
    const closing = alice.close({ forget: true });
    alice.connect();
    await pass(100);
    expect([alice.user, alice.chats().items]).toEqual([undefined, []]);
    write();
    await closing;
    await pass(100);
    expect([alice.connection.state, bodies(alice, "bob")]).toEqual(["online", ["secret"]]);
  });
});
