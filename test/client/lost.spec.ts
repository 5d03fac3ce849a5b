import { describe, expect, test } from "vitest";
import { BrowserDisk } from "./browser.ts";
import {
  answers,
  bodies,
  heard,
  left,
  modelServer,
  online,
  pass,
  server,
  statuses,
} from "./devices.ts";

modelServer();

describe("what a page has left", () => {
  test("is sent by another one that lives on, within half a minute", async () => {
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open() });
    disk.outbox.set("dead.1", left("dead.1", { body: "left behind" }));
    await pass(31_000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["left behind"]);
    // A frozen one has written more since.
    disk.outbox.set("dead.2", left("dead.2", { body: "and more" }));
    await pass(31_000);
    expect(bodies(alice, "bob")).toEqual(["left behind", "and more"]);
  });

  test("[G12] for a group that is busy goes out in the end, though another of it is looked for when the refusal comes", async () => {
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open() });
    const making = alice.createGroup({ name: "Chess" });
    await pass(500);
    const to = await making;
    server.groups.busy = 1;
    server.lagMs = 35_000;
    alice.send(to, "text 1");
    // The other one is under way when it is taken over.
    disk.outbox.set("dead.2", left("dead.2", { to, rank: 9, body: "text 2" }));
    await pass(35_000);
    server.lagMs = 0;
    await pass(120_000);
    expect(bodies(alice, to).slice(1)).toEqual(["text 1", "text 2"]);
    expect(disk.outbox.size).toBe(0);
  });

  test("and has failed is kept as failed, though another page writes an older state over it", async () => {
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open() });
    server.refusals = [{ t: "send", code: "forbidden", retryable: false }];
    disk.outbox.set("dead.1", left("dead.1", { body: "refused" }));
    await pass(31_000);
    expect(statuses(alice, "bob")).toEqual(["failed"]);
    disk.outbox.set("dead.1", left("dead.1", { body: "refused" }));
    await pass(31_000);
    expect(disk.outbox.get("dead.1")?.error).toBe("forbidden");
    expect(heard("send")).toHaveLength(1);
  });

  test("is looked for in its chat from where it was written, and not sent twice", async () => {
    const fact = { type: "MessageSent", author: "alice", to: "bob", device: "d" } as const;
    server.store("alice", { ...fact, cid: "dead.1", body: "stored" });
    for (let n = 1; n <= 250; n++) server.store("alice", { ...fact, cid: `other.${n}`, body: "x" });
    const disk = new BrowserDisk();
    const after = { epoch: "life", seq: 0 };
    const alice = await online("alice", { storage: disk.open() });
    disk.outbox.set("dead.1", left("dead.1", { body: "stored", after }));
    await pass(31_000);
    const places = heard("history").map((asked) => asked.after ?? -1);
    expect(places).toHaveLength(3);
    expect(places[0]).toBe(0);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(heard("send")).toEqual([]);
    expect(disk.outbox.size).toBe(0);
    await alice.close();
  });

  test("is sent by whoever has a socket, when its own page is refused one", async () => {
    const disk = new BrowserDisk();
    const refused = await online("alice", { storage: disk.open() });
    const other = await online("alice", { storage: disk.open() });
    const refusal = { t: "hello", code: "limit.sockets", retryable: true } as const;
    server.refusals = [{ ...refusal, retryAfterMs: 120_000 }];
    server.of("alice")[0]?.cut(1006);
    await pass(2000);
    expect(refused.connection.state).toBe("waiting");
    refused.send("bob", "without a socket");
    await pass(40_000);
    expect(bodies(other, "bob")).toEqual(["without a socket"]);
    await pass(120_000);
    refused.send("bob", "with one again");
    await pass(1000);
    expect(bodies(refused, "bob")).toEqual(["without a socket", "with one again"]);
    expect(server.log.rows("bob")).toHaveLength(2);
  });
});

describe("what was stored so long ago that no list names its instance", () => {
  const fact = { type: "MessageSent", author: "alice", to: "bob", device: "d" } as const;
  /** More than the newest page of the chat. */
  function others(): void {
    for (let n = 0; n < 150; n++) server.store("alice", { ...fact, cid: `run${n}.1`, body: "x" });
  }

  test("is looked for when it is taken over", async () => {
    server.store("alice", { ...fact, cid: "dead.1", body: "stored" });
    others();
    server.gapMax = 0;
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open() });
    disk.outbox.set("dead.1", left("dead.1", { body: "stored", after: { epoch: "life", seq: 0 } }));
    await pass(31_000);
    expect(heard("send")).toEqual([]);
    expect(disk.outbox.size).toBe(0);
    await alice.close();
  });

  test("is looked for behind a resync", async () => {
    const alice = await online("alice");
    server.down = true;
    server.cut("alice");
    const { cid } = alice.send("bob", "stored late");
    server.store("alice", { ...fact, cid, body: "stored late" });
    others();
    server.gapMax = 0;
    server.down = false;
    await pass(25_000);
    expect(heard("send")).toEqual([]);
    expect(alice.messages("bob").items.filter(({ status }) => status === "pending")).toEqual([]);
  });
});

describe("a number that another message has", () => {
  test("is given up for one of the message's own, and the page is told", async () => {
    const alice = await online("alice");
    alice.send("bob", "one");
    await pass(50);
    const [instance] = alice.messages("bob").items[0]?.cid.split(".") ?? [];
    const twin = { type: "MessageSent", author: "alice", to: "bob", device: "d" } as const;
    server.store("alice", { ...twin, cid: `${instance}.2`, body: "of the copy" });
    const shown = answers(
      alice,
      () => bodies(alice, "bob").filter((body) => body === "two").length,
    );
    const { cid } = alice.send("bob", "two");
    await pass(1000);
    expect(bodies(alice, "bob").toSorted()).toEqual(["of the copy", "one", "two"]);
    expect(shown).toEqual([1]);
    expect(alice.message("bob", cid)?.body).toBe("of the copy");
  });

  test("is given up also where it is the number that a retry replaces", async () => {
    const alice = await online("alice");
    server.refusals = [{ t: "send", code: "forbidden", retryable: false }];
    const { cid } = alice.send("bob", "tried again");
    await pass(50);
    const twin = { type: "MessageSent", author: "alice", to: "carol", device: "d" } as const;
    // The page hears of the copy after it has sent the retry, which the log takes for a repeat.
    server.store("alice", { ...twin, cid, body: "of the copy" });
    alice.retry(cid);
    await pass(1000);
    expect(bodies(alice, "bob")).toEqual(["tried again"]);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["tried again"]);
  });
});
