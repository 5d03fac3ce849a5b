import { describe, expect, test, vi } from "vitest";
import {
  bodies,
  device,
  gather,
  heard,
  modelServer,
  online,
  pass,
  server,
  statuses,
} from "./devices.ts";

modelServer();

describe("a client that was cut off", () => {
  test("shows what was written meanwhile, once and in order", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    server.cut("bob");
    for (const body of ["1", "2", "3"]) alice.send("bob", body);
    await pass(2000);
    expect(bodies(bob, "alice")).toEqual(["1", "2", "3"]);
    expect(statuses(alice, "bob")).toEqual(["delivered", "delivered", "delivered"]);
  });

  test("does not repeat a send that was stored though its answer was lost", async () => {
    const alice = await online("alice");
    alice.send("bob", "once");
    await pass(3);
    server.cut("alice");
    await pass(2000);
    expect(server.log.rows("alice")).toHaveLength(1);
    expect(heard("send")).toHaveLength(1);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
  });

  test("sends what it could not, in order and only after it has caught up", async () => {
    const alice = await online("alice");
    server.down = true;
    server.cut("alice");
    alice.send("bob", "1");
    alice.send("bob", "2");
    await pass(5000);
    expect(statuses(alice, "bob")).toEqual(["pending", "pending"]);
    server.down = false;
    await pass(20_000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["1", "2"]);
  });

  test("gives up a socket on which nothing comes, and one that lacks an event", async () => {
    const alice = await online("alice");
    const states = gather(alice, "connection");
    for (const socket of server.of("alice")) socket.dead = true;
    await pass(63_000);
    expect(states[0]).toMatchObject({ state: "waiting", reason: "idle" });
    await pass(2000);
    const copy = {
      type: "MessageSent",
      author: "bob",
      to: "alice",
      cid: "b.1",
      body: "x",
    } as const;
    for (const socket of server.of("alice")) socket.dead = true;
    server.store("alice", { ...copy, cause: 1, position: 1, sentAt: 1 });
    await pass(10);
    for (const socket of server.of("alice")) socket.dead = false;
    for (const socket of server.of("alice")) socket.tell({ t: "pong", head: server.log.seq });
    await pass(10_000);
    expect(states.map(({ reason }) => reason)).toContain("behind");
    expect(bodies(alice, "bob")).toEqual(["x"]);
  });

  test("notices that an event is missing by the one that follows", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    for (const socket of server.of("bob")) socket.losses = 1;
    alice.send("bob", "lost on the way");
    alice.send("bob", "arrives");
    await pass(2000);
    expect(bodies(bob, "alice")).toEqual(["lost on the way", "arrives"]);
    expect(heard("hello").filter(({ token }) => token === "bob")).toHaveLength(2);
  });

  test("asks for a new token and comes back after 4403, but not after 4501", async () => {
    const getToken = vi.fn(() => Promise.resolve("alice"));
    const alice = await online("alice", { getToken });
    server.cut("alice", 4403);
    await pass(2000);
    expect(alice.connection).toBe("online");
    expect(getToken).toHaveBeenCalledTimes(2);
    server.cut("alice", 4501);
    await pass(60_000);
    expect(alice.connection).toBe("closed");
  });

  test("comes back no earlier than it was told", async () => {
    const alice = await online("alice");
    const states = gather(alice, "connection");
    const refusal = { code: "rate_limited", message: "", retryable: true, retryAfterMs: 30_000 };
    for (const socket of server.of("alice")) socket.tell({ t: "error", ...refusal });
    await pass(10);
    server.cut("alice", 4429);
    expect(states[0]).toEqual({ state: "waiting", retryInMs: 30_000, reason: "rate_limited" });
  });

  test("keeps a socket on which the missing event comes a little later", async () => {
    const alice = await online("alice");
    for (const socket of server.of("alice")) socket.tell({ t: "pong", head: server.log.seq + 1 });
    await pass(2000);
    server.store("alice", { type: "SessionClosed", sessionId: "s", reason: "left" });
    await pass(20_000);
    expect(heard("hello")).toHaveLength(1);
    expect(alice.connection).toBe("online");
  });

  test("watches the same users again", async () => {
    const alice = await online("alice");
    alice.watch(["bob", "carol"]);
    alice.unwatch(["carol"]);
    await pass(50);
    server.cut("alice");
    await pass(2000);
    expect(heard("watch").map(({ users }) => users)).toEqual([["bob", "carol"], ["bob"]]);
  });
});

describe("a resync", () => {
  test("asks again what the views could not answer yet", async () => {
    server.store("alice", { type: "SessionClosed", sessionId: "s", reason: "left" });
    server.gapMax = 0;
    server.refusals = [{ t: "chats", code: "view.behind", retryable: true }];
    const alice = await online("alice");
    await pass(500);
    expect(heard("hello")).toHaveLength(1);
    expect(heard("chats")).toHaveLength(2);
    expect(alice.connection).toBe("online");
  });

  test("keeps in mind what was read while there was no connection", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    alice.send("bob", "hello");
    await pass(100);
    server.down = true;
    server.cut("bob");
    bob.markRead("alice");
    server.down = false;
    server.gapMax = 0;
    await pass(5000);
    expect(bob.chats()[0]?.unread).toBe(0);
    expect(statuses(alice, "bob")).toEqual(["read"]);
  });

  test("counts what is left unread when another device reads a part that is not loaded", async () => {
    const bob = await online("bob");
    for (let n = 0; n < 30; n++) bob.send("alice", `${n}`);
    await pass(2000);
    server.gapMax = 0;
    const alice = await online("alice");
    expect(alice.chats()[0]?.unread).toBe(30);
    const tenth = Number(bob.messages("alice")[9]?.seq);
    const receipt = { author: "alice", peer: "bob", device: "d", upTo: tenth };
    server.store("alice", { type: "MessageRead", ...receipt });
    await pass(100);
    expect(alice.chats()[0]?.unread).toBe(20);
  });

  test("takes chats, unread and history from the views, and no event twice", async () => {
    const alice = await online("alice");
    for (let n = 0; n < 30; n++) alice.send("bob", `${n}`);
    await pass(1000);
    server.gapMax = 5;
    const bob = device("bob");
    bob.connect();
    await pass(7);
    alice.send("bob", "meanwhile");
    await pass(500);
    expect(bob.chats()).toMatchObject([{ peer: "alice", unread: 31, last: { body: "meanwhile" } }]);
    const before = bodies(bob, "alice").length;
    const loading = bob.loadEarlier("alice", 10);
    await pass(50);
    expect(await loading).toEqual({ more: true });
    const shown = bodies(bob, "alice");
    expect(shown).toHaveLength(before + 10);
    expect(shown.at(-2)).toBe("29");
  });

  test("after the log has lost its end sends again what is not in it", async () => {
    const alice = await online("alice");
    alice.send("bob", "first");
    await pass(50);
    for (const socket of server.of("alice")) socket.losses = 1;
    alice.send("bob", "second");
    await pass(50);
    expect(statuses(alice, "bob")).toEqual(["sent", "sent"]);
    server.rollBack(2);
    await pass(5000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["first", "second"]);
    expect(bodies(alice, "bob")).toEqual(["first", "second"]);
  });

  test("finds in the history what was stored though nobody said so", async () => {
    const alice = await online("alice");
    alice.send("bob", "once");
    await pass(3);
    server.gapMax = 0;
    server.cut("alice");
    const shown: number[] = [];
    alice.on("resync", () => void shown.push(alice.messages("bob").length));
    await pass(2000);
    expect(shown).toEqual([1]);
    expect(heard("send")).toHaveLength(1);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
  });

  test("keeps the chats that were read here with their newest messages", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    for (const body of ["1", "2", "3"]) alice.send("bob", body);
    await pass(100);
    server.gapMax = 0;
    server.cut("bob");
    const reloaded = gather(bob, "resync");
    await pass(2000);
    expect(reloaded).toHaveLength(1);
    expect(bodies(bob, "alice")).toEqual(["1", "2", "3"]);
  });
});
