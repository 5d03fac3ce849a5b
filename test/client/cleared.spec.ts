import { describe, expect, test } from "vitest";
import { BrowserDisk } from "./browser.ts";
import { device, heard, left, modelServer, online, pass, server, statuses } from "./devices.ts";

modelServer();

describe("site data that is cleared while a page is open", () => {
  test("is written anew: after a reload every chat is there, and the cursor", async () => {
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open() });
    for (const peer of ["bob", "carol", "dave"]) alice.send(peer, `to ${peer}`);
    await pass(100);
    disk.clear();
    alice.send("bob", "after");
    await pass(2000);
    await alice.close();
    const again = device("alice", { storage: disk.open() });
    again.connect();
    await pass(3);
    expect(
      again
        .chats()
        .items.map(({ peer }) => peer)
        .toSorted(),
    ).toEqual(["bob", "carol", "dave"]);
    await pass(100);
    expect(heard("hello").at(-1)?.since?.[0]?.seq).toBeGreaterThan(0);
  });

  test("takes nothing with it that was still to be sent", async () => {
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open() });
    server.down = true;
    server.cut("alice");
    alice.send("bob", "first");
    await pass(50);
    disk.clear();
    alice.send("bob", "second");
    await pass(50);
    await alice.close();
    server.down = false;
    await online("alice", { storage: disk.open() });
    await pass(1000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["first", "second"]);
  });

  test("takes nothing with it from a page that had no socket", async () => {
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open() });
    const refusal = { t: "hello", code: "limit.sockets", retryable: true } as const;
    server.refusals = [{ ...refusal, retryAfterMs: 5000 }];
    server.cut("alice");
    await pass(2000);
    alice.send("bob", "without a socket");
    await pass(50);
    disk.clear();
    await pass(40_000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["without a socket"]);
  });

  test("takes nothing with it that a page without a socket had of another, now dead", async () => {
    const disk = new BrowserDisk();
    const refusal = { t: "hello", code: "limit.sockets", retryable: true } as const;
    server.refusals = [{ ...refusal, retryAfterMs: 1000 }];
    disk.outbox.set("dead.1", left("dead.1", { body: "left behind" }));
    const alice = device("alice", { storage: disk.open() });
    alice.connect();
    await pass(1);
    disk.clear();
    await pass(31_000);
    expect(alice.connection.state).toBe("online");
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["left behind"]);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
  });

  test("takes nothing with it that another page would have to send, without having read it", async () => {
    const disk = new BrowserDisk();
    const refused = await online("alice", { storage: disk.open(), random: () => 0 });
    const other = await online("alice", { storage: disk.open(), random: () => 0.5 });
    refused.send("carol", "before");
    await pass(50);
    server.down = true;
    server.cut("alice");
    refused.send("carol", "left to the other");
    await pass(50);
    const refusal = { t: "hello", code: "limit.sockets", retryable: true } as const;
    server.refusals = [{ ...refusal, retryAfterMs: 40_000 }];
    server.down = false;
    await pass(39_000);
    expect(other.connection.state).toBe("online");
    refused.send("bob", "unread");
    await pass(1);
    disk.clear();
    await pass(90_000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["unread"]);
  });

  test("takes nothing with it when a resync writes all anew", async () => {
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open(), random: () => 0 });
    server.lagMs = 60_000;
    alice.send("bob", "waiting");
    await pass(50);
    disk.clear();
    server.gapMax = 0;
    server.cut("alice");
    await pass(2000);
    expect(alice.connection.state).toBe("online");
    expect([...disk.outbox.values()].map(({ body }) => body)).toEqual(["waiting"]);
  });

  test("and written by somebody else who logs in makes a page forget what nobody owns", async () => {
    const disk = new BrowserDisk();
    server.down = true;
    const writer = await online("alice", { storage: disk.open() });
    const page = await online("alice", { storage: disk.open() });
    page.send("bob", "nobody's");
    await pass(100);
    await writer.close();
    disk.clear();
    const mallory = await online("mallory", { storage: disk.open() });
    server.down = false;
    page.send("bob", "nobody's either");
    await pass(60_000);
    expect(server.log.rows("bob")).toEqual([]);
    expect(mallory.chats().items).toEqual([]);
  });
});
