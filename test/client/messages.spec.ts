import { describe, expect, test } from "vitest";
import { memoryStorage } from "../../src/client/storage/storage.ts";
import { BrowserDisk } from "./browser.ts";
import {
  answers,
  bodies,
  gather,
  heard,
  left,
  modelServer,
  online,
  pass,
  server,
  statuses,
} from "./devices.ts";

modelServer();

describe("a message", () => {
  test("is pending at once, then sent, delivered and read", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    const news = gather(alice, "message");
    const steps = answers(alice, () => statuses(alice, "bob")[0]);
    expect(alice.send("bob", "hello")).toMatchObject({ status: "pending", author: "alice" });
    await pass(50);
    bob.markRead("alice");
    await pass(50);
    expect(steps).toEqual(["pending", "sent", "delivered", "read"]);
    expect(news.map(({ message }) => message.body)).toEqual(["hello"]);
    expect(bodies(bob, "alice")).toEqual(["hello"]);
  });

  test("raises the unread count of its reader, until it is read on any device", async () => {
    const alice = await online("alice");
    const phone = await online("bob");
    const laptop = await online("bob");
    alice.send("bob", "one");
    alice.send("bob", "two");
    await pass(50);
    expect(phone.chats().items).toMatchObject([
      { peer: "alice", unread: 2, last: { body: "two" } },
    ]);
    phone.markRead("alice");
    expect(phone.chats().items[0]?.unread).toBe(0);
    await pass(50);
    expect(laptop.chats().items[0]?.unread).toBe(0);
  });

  test("sent on one device appears on the others", async () => {
    const phone = await online("alice");
    const laptop = await online("alice");
    phone.send("bob", "from the phone");
    await pass(50);
    expect(bodies(laptop, "bob")).toEqual(["from the phone"]);
    expect(statuses(laptop, "bob")).toEqual(["sent"]);
  });

  test("that is a repeat after a crash is shown once", async () => {
    const bob = await online("bob");
    const copy = {
      type: "MessageSent",
      author: "alice",
      to: "bob",
      cid: "a.1",
      body: "hi",
    } as const;
    server.store("bob", { ...copy, cause: 7, position: 7, sentAt: 7 });
    server.store("bob", { ...copy, cause: 7, position: 7, sentAt: 7 });
    await pass(50);
    expect(bodies(bob, "alice")).toEqual(["hi"]);
    expect(bob.chats().items[0]?.unread).toBe(1);
  });
});

describe("a receipt", () => {
  test("that was refused for now is told again", async () => {
    const alice = await online("alice");
    await online("bob");
    server.refusals = [
      { t: "delivered", code: "rate_limited", retryable: true, retryAfterMs: 500 },
    ];
    alice.send("bob", "hello");
    await pass(100);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
    await pass(500);
    expect(statuses(alice, "bob")).toEqual(["delivered"]);
  });

  test("is one for all that came together", async () => {
    for (let n = 1; n <= 50; n++)
      server.store("bob", {
        type: "MessageSent",
        author: "alice",
        to: "bob",
        cid: `a.${n}`,
        body: "",
        cause: n,
        position: n,
        sentAt: n,
      });
    await online("bob");
    const told = { t: "delivered", peer: "alice", ref: "alice", upTo: 50 };
    expect(heard("delivered")).toEqual([told]);
  });
});

describe("an own message", () => {
  test("that lies in the mailbox twice is shown once", async () => {
    const alice = await online("alice");
    const base = { type: "MessageSent", author: "alice", to: "bob" } as const;
    const fact = { ...base, device: "phone", cid: "phone.4" } as const;
    server.store("alice", { ...fact, body: "once" });
    server.store("alice", { ...fact, body: "once" });
    await pass(50);
    expect(bodies(alice, "bob")).toEqual(["once"]);
  });

  test("[C3] that was left behind by a tab that died after it was stored is not shown again", async () => {
    const storage = memoryStorage();
    const alice = await online("alice", { storage });
    alice.send("bob", "first");
    await pass(50);
    const entry = { body: "first" };
    const { cid = "" } = alice.messages("bob").items[0] ?? {};
    await alice.close();
    await storage.save({
      posted: [left(cid, entry), left("other.1", { body: "second", rank: 2 })],
    });
    server.store("alice", {
      type: "MessageSent",
      author: "alice",
      to: "bob",
      device: "phone",
      cid: "other.1",
      body: "second",
    });
    const again = await online("alice", { storage });
    await pass(1000);
    expect(heard("send")).toHaveLength(1);
    expect(bodies(again, "bob")).toEqual(["first", "second"]);
    expect(await storage.outbox()).toEqual([]);
  });

  test("that the server already had is found in the history, and not sent again", async () => {
    const fact = { type: "MessageSent", author: "alice", to: "bob", device: "d" } as const;
    server.store("alice", { ...fact, cid: "dead.1", body: "x" });
    for (let n = 1; n <= 250; n++) server.store("alice", { ...fact, cid: `phone.${n}`, body: "y" });
    const storage = memoryStorage();
    await storage.save({ posted: [left("dead.1", { body: "x" })] });
    server.gapMax = 0;
    const alice = await online("alice", { storage });
    await pass(1000);
    expect(heard("send")).toEqual([]);
    expect(alice.messages("bob").items.map(({ cid }) => cid)).not.toContain("dead.1");
    expect(await storage.outbox()).toEqual([]);
  });
});

describe("a refused send", () => {
  test("fails with its code, lets the next go, and comes back as another by retry", async () => {
    const alice = await online("alice");
    server.refusals = [{ t: "send", code: "id.invalid", retryable: false }];
    const { cid } = alice.send("bob", "no");
    alice.send("bob", "yes");
    await pass(50);
    expect(alice.messages("bob").items).toMatchObject([
      { body: "yes", status: "sent" },
      { body: "no", status: "failed", error: "id.invalid" },
    ]);
    const shown = gather(alice, "message");
    alice.retry(cid);
    expect(shown[0]).toMatchObject({ replaces: cid });
    await pass(50);
    expect(statuses(alice, "bob")).toEqual(["sent", "sent"]);
    expect(bodies(alice, "bob")).toEqual(["yes", "no"]);
  });

  test("is named by its retry, and by the retry of that one, which is shown in its place", async () => {
    const alice = await online("alice");
    const refusal = { t: "send", code: "forbidden", retryable: false } as const;
    server.refusals = [refusal, refusal];
    const { cid: first } = alice.send("bob", "again");
    await pass(50);
    alice.retry(first);
    await pass(50);
    alice.retry(alice.messages("bob").items[0]?.cid ?? "");
    await pass(50);
    expect(heard("send").map(({ replaces }) => replaces)).toEqual([undefined, first, first]);
    expect(bodies(alice, "bob")).toEqual(["again"]);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
  });

  test("that was stored all the same by another gateway is not shown twice by its retry", async () => {
    const alice = await online("alice");
    server.refusals = [{ t: "send", code: "forbidden", retryable: false }];
    const { cid } = alice.send("bob", "once");
    await pass(50);
    const late = { type: "MessageSent", author: "alice", to: "bob", device: "d" } as const;
    server.down = true;
    server.cut("alice");
    alice.retry(cid);
    server.store("alice", { ...late, cid, body: "once" });
    server.down = false;
    await pass(25_000);
    expect(bodies(alice, "bob")).toEqual(["once"]);
    expect(server.log.rows("bob")).toHaveLength(1);
  });

  test("can be discarded", async () => {
    const alice = await online("alice");
    server.refusals = [{ t: "send", code: "id.invalid", retryable: false }];
    const { cid } = alice.send("bob", "no");
    await pass(50);
    alice.discard(cid);
    expect(alice.messages("bob").items).toEqual([]);
  });

  test("that may be repeated waits as long as it is told, and keeps its place", async () => {
    const alice = await online("alice");
    server.refusals = [{ t: "send", code: "rate_limited", retryable: true, retryAfterMs: 3000 }];
    alice.send("bob", "one");
    alice.send("bob", "two");
    await pass(2900);
    expect(heard("send")).toHaveLength(1);
    await pass(200);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["one", "two"]);
  });

  test("because what was stored makes too long a frame is not even sent", async () => {
    const disk = new BrowserDisk();
    disk.outbox.set("dead.1", left("dead.1", { body: "\u0001".repeat(16_000) }));
    const alice = await online("alice", { storage: disk.open() });
    expect(statuses(alice, "bob")).toEqual(["failed"]);
    expect(heard("send")).toEqual([]);
    await pass(50);
    expect(alice.connection.state).toBe("online");
  });
});
