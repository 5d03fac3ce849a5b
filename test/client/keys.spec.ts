import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { ChatClient } from "../../src/client/client.ts";
import { BrowserDisk } from "./browser.ts";
import { bodies, device, heard, left, modelServer, online, pass, server } from "./devices.ts";
import { ModelServer } from "./model.ts";
import { holding, openTab, type Tab } from "./tab.ts";

modelServer();

const stored = (key: string): number =>
  server.log.rows("alice").filter((row) => row.key === key).length;
const tabOn = (disk: BrowserDisk): Promise<ChatClient> => online("alice", { storage: disk.open() });

describe("[C7] a second send with a key", () => {
  test("is the first, whether that is pending, failed, sent or read", async () => {
    const alice = device("alice");
    const first = alice.send("bob", "one", { key: "k" });
    expect(alice.send("bob", "two", { key: "k" })).toEqual(first);
    server.refusals.push({ t: "send", code: "forbidden", retryable: false });
    alice.connect();
    await pass(100);
    expect(alice.send("bob", "two", { key: "k" })).toMatchObject({ status: "failed", body: "one" });
    alice.retry(first.cid);
    await pass(100);
    expect(alice.send("bob", "two", { key: "k" })).toMatchObject({ status: "sent", body: "one" });
    const bob = await online("bob");
    bob.markRead("alice");
    await pass(100);
    expect(alice.send("bob", "two", { key: "k" })).toMatchObject({ status: "read", body: "one" });
    expect(stored("k")).toBe(1);
    expect(bodies(alice, "bob")).toEqual(["one"]);
  });

  test("is another one without a key, and with another key", async () => {
    const alice = await online("alice");
    for (const more of [{}, {}, { key: "k" }, { key: "l" }]) alice.send("bob", "x", more);
    await pass(100);
    expect(bodies(alice, "bob")).toHaveLength(4);
  });

  test("is the first that another device has sent", async () => {
    const phone = await online("alice");
    const laptop = await online("alice");
    phone.send("bob", "one", { key: "k" });
    await pass(100);
    expect(laptop.send("bob", "two", { key: "k" })).toMatchObject({ body: "one", status: "sent" });
  });

  test("is the first after a reload, when it lies in what a resync has skipped", async () => {
    const disk = new BrowserDisk();
    const before = await tabOn(disk);
    const { cid } = before.send("bob", "one", { key: "k" });
    await pass(100);
    await before.close();
    skip();
    const after = await tabOn(disk);
    expect(bodies(after, "bob")).not.toContain("one");
    const again = after.send("bob", "two", { key: "k" });
    expect(again).toMatchObject({ cid, author: "alice", body: "two", status: "sent" });
    await pass(100);
    expect(stored("k")).toBe(1);
  });

  test("goes out behind a resync for another life or a roll-back of the log, of which it tells nothing", async () => {
    for (const breaks of [() => server.begins("other"), () => server.rollBack(5)]) {
      const disk = new BrowserDisk();
      const alice = await tabOn(disk);
      const key = `k${server.log.seq}`;
      alice.send("bob", "one", { key });
      await pass(100);
      skip();
      server.gapMax = 5_000;
      await pass(1_000);
      expect(disk.keys.has(key)).toBe(true);
      breaks();
      await pass(5_000);
      expect(disk.keys.has(key)).toBe(false);
      alice.send("bob", "two", { key });
      await pass(100);
      expect(stored(key)).toBe(2);
      await alice.close();
    }
  });
});

describe("[C7] the storage is asked before a send with a key goes out", () => {
  test("so that of two tabs at the same moment one sends", async () => {
    const disk = new BrowserDisk();
    const [one, two] = [await tabOn(disk), await tabOn(disk)];
    one.send("bob", "one", { key: "k" });
    two.send("bob", "two", { key: "k" });
    await pass(5_000);
    expect(stored("k")).toBe(1);
    expect(bodies(one, "bob")).toEqual(bodies(two, "bob"));
    expect(await disk.open().outbox()).toEqual([]);
  });

  test("and counts what another tab has asked about, not what it has merely written", async () => {
    const disk = new BrowserDisk();
    const other = disk.open();
    await other.claim("outbox:b");
    disk.outbox.set("b.1", left("b.1", { body: "asked", key: "k", asked: true }));
    disk.outbox.set("b.2", left("b.2", { body: "written", key: "l" }));
    const alice = await tabOn(disk);
    for (const key of ["k", "l"]) alice.send("bob", "two", { key });
    await pass(5_000);
    expect(heard("send")).toMatchObject([{ key: "l" }]);
  });

  test("and what a dead tab has left goes out", async () => {
    const disk = new BrowserDisk();
    disk.outbox.set("a.1", left("a.1", { body: "one", key: "k", asked: true }));
    disk.outbox.set("b.1", left("b.1", { body: "two", key: "l" }));
    const alice = await tabOn(disk);
    for (const key of ["k", "l"]) alice.send("bob", "again", { key });
    await pass(5_000);
    expect(bodies(alice, "bob")).toEqual(["one", "two"]);
  });

  test("one after the other, also of what this tab has taken over itself", async () => {
    const disk = new BrowserDisk();
    disk.outbox.set("b.1", left("b.1", { body: "left", key: "k" }));
    const { storage, hold } = holding(disk.open());
    const answer = hold("key");
    const alice = device("alice", { storage });
    alice.send("carol", "mine", { key: "k" });
    alice.connect();
    await pass(2_000);
    answer();
    await pass(5_000);
    expect(heard("send")).toHaveLength(1);
    expect([...disk.outbox.values()]).toEqual([]);
  });

  test("and what another tab has sent long ago, of which this one has not heard", async () => {
    const disk = new BrowserDisk();
    const alice = await tabOn(disk);
    disk.keys.set("k", { key: "k", cid: "b.1", at: Date.now() });
    alice.send("bob", "two", { key: "k" });
    await pass(1_000);
    expect(heard("send")).toEqual([]);
    expect(bodies(alice, "bob")).toEqual([]);
  });

  test("and sends all the same where it fails", async () => {
    const fails = () => Promise.reject(new Error("no disk"));
    const storage = { load: fails, outbox: fails, done: fails, save: fails, claim: fails };
    const alice = await online("alice", { storage });
    alice.send("bob", "one", { key: "k" });
    await pass(20_000);
    expect(alice.send("bob", "two", { key: "k" })).toMatchObject({ body: "one", status: "sent" });
    expect(stored("k")).toBe(1);
  });

  test("and takes back what waits, when another device's event has its key", async () => {
    const alice = device("alice");
    const bob = { type: "MessageSent", author: "alice", to: "bob", device: "d" } as const;
    alice.send("bob", "two", { key: "k" });
    server.store("alice", { ...bob, cid: "b.1", body: "one", key: "k" });
    alice.connect();
    await pass(1_000);
    expect(bodies(alice, "bob")).toEqual(["one"]);
    expect(heard("send")).toEqual([]);
  });

  test("and writes down nothing that is not on its way any more when the storage answers", async () => {
    const disk = new BrowserDisk();
    const { storage, hold } = holding(disk.open());
    const answer = hold("key");
    const alice = await online("alice", { storage });
    alice.send("bob", "two", { key: "k" });
    await pass(100);
    const bob = { type: "MessageSent", author: "alice", to: "bob", device: "d" } as const;
    server.store("alice", { ...bob, cid: "b.1", body: "one", key: "k" });
    await pass(100);
    answer();
    await pass(5_000);
    expect(bodies(alice, "bob")).toEqual(["one"]);
    expect([...disk.outbox.values()]).toEqual([]);
  });
});

/** So many messages of bob's that the views' newest page has nothing else; and no gap is followed. */
function skip(): void {
  const seq = server.log.seq;
  for (let i = 1; i <= 120; i++) {
    const position = seq + i;
    const copy = { type: "MessageSent", author: "bob", to: "alice", cid: `b.${position}` } as const;
    const place = { ...server.log.into, cause: position, position, sentAt: 1 };
    server.store("alice", { ...copy, body: `${position}`, ...place });
  }
  server.gapMax = 0;
}

test("[C7] whatever tabs do with a few keys, each is stored once", async () => {
  const tab = fc.nat(2);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant("write" as const), tab, fc.nat(3)) },
    { weight: 3, arbitrary: fc.tuple(fc.constant("pass" as const), fc.nat(60), fc.nat(9)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("pass" as const), fc.nat(40_000), fc.nat(9)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("reload" as const), tab, fc.nat(9)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("cut" as const), tab, fc.nat(9)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("lag" as const), fc.nat(9_000), fc.nat(9)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("gap" as const), fc.nat(1), fc.nat(9)) },
  );
  const runs = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    vi.clearAllTimers();
    const model = new ModelServer();
    const disk = new BrowserDisk();
    const open = (): Tab => openTab("alice", model, disk.open(), () => 0.5);
    const tabs = [open(), open(), open()];
    for (const [what, n, key] of steps) {
      if (what === "write") tabs[n]?.client.send("bob", `${key}`, { key: `${key}` });
      if (what === "pass") await pass(n);
      if (what === "cut") model.cut("alice");
      if (what === "lag") model.lagMs = n;
      if (what === "gap") model.gapMax = n === 0 ? 0 : 5_000;
      if (what === "reload") {
        tabs[n]?.die();
        tabs[n] = open();
      }
      await pass(0);
    }
    model.lagMs = 0;
    await pass(100_000);
    const rows = model.log.rows("alice");
    for (let key = 0; key < 4; key++)
      expect(rows.filter((row) => row.key === `${key}`).length).toBeLessThanOrEqual(1);
    expect([...disk.outbox.values()]).toEqual([]);
    for (const each of tabs) each.die();
  });
  await fc.assert(runs, { numRuns: 30 });
}, 120_000);
