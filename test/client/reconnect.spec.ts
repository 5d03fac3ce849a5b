import { describe, expect, test, vi } from "vitest";
import {
  answers,
  bodies,
  device,
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
    const states = answers(alice, () => alice.connection);
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
    expect(alice.connection.state).toBe("online");
    expect(getToken).toHaveBeenCalledTimes(2);
    server.cut("alice", 4501);
    await pass(60_000);
    expect(alice.connection.state).toBe("closed");
  });

  test("comes back no earlier than it was told", async () => {
    const alice = await online("alice");
    const states = answers(alice, () => alice.connection);
    const refusal = { code: "rate_limited", message: "", retryable: true, retryAfterMs: 30_000 };
    for (const socket of server.of("alice")) socket.tell({ t: "error", ...refusal });
    await pass(10);
    server.cut("alice", 4429);
    await pass(0);
    const retryAt = Date.now() + 30_000;
    expect(states[0]).toEqual({ state: "waiting", retryAt, reason: "rate_limited" });
  });

  test("does not wait for what a frame was refused for, when the server did not end the socket for it", async () => {
    for (const code of [1006, 4400, 4410]) {
      const alice = await online("alice");
      const states = answers(alice, () => alice.connection);
      const refusal = { code: "rate_limited", message: "", retryable: true, retryAfterMs: 30_000 };
      for (const socket of server.of("alice")) socket.tell({ t: "error", ...refusal, cid: "a.1" });
      await pass(10);
      server.cut("alice", code);
      await pass(0);
      expect(states[0]).toMatchObject({ state: "waiting", reason: `closed ${code}` });
      expect(states[0]?.retryAt).toBeLessThanOrEqual(Date.now() + 500);
      await alice.close();
    }
  });

  test("keeps a socket on which the missing event comes a little later", async () => {
    const alice = await online("alice");
    for (const socket of server.of("alice")) socket.tell({ t: "pong", head: server.log.seq + 1 });
    await pass(2000);
    server.store("alice", { type: "SessionClosed", sessionId: "s", reason: "left" });
    await pass(20_000);
    expect(heard("hello")).toHaveLength(1);
    expect(alice.connection.state).toBe("online");
  });

  test("names the session whose socket was cut, and no other", async () => {
    const alice = await online("alice");
    server.cut("alice");
    await pass(2000);
    server.cut("alice", 4411);
    await pass(2000);
    expect(alice.connection.state).toBe("online");
    const replaced = { sessionId: "s1", resume: "secret of s1" };
    expect(heard("hello").map(({ replaces }) => replaces)).toEqual([
      undefined,
      replaced,
      undefined,
    ]);
  });

  test("keeps the name of a session until another one is welcomed", async () => {
    await online("alice");
    server.down = true;
    server.cut("alice");
    await pass(20_000);
    server.down = false;
    await pass(20_000);
    expect(heard("hello").at(-1)?.replaces?.sessionId).toBe("s1");
  });

  test("leaves out a message that is no frame, and goes on", async () => {
    const warn = vi.fn<() => void>();
    const alice = await online("alice", { logger: { debug: vi.fn<() => void>(), warn } });
    const nonsense = [
      "{",
      "[]",
      "7",
      '{"t":"event"}',
      '{"t":"pong","head":"x"}',
      '{"t":"toString"}',
      "{}",
    ];
    for (const socket of server.of("alice"))
      for (const data of nonsense) socket.onmessage?.({ data });
    expect(warn).toHaveBeenCalledTimes(nonsense.length);
    alice.send("bob", "still there");
    await pass(50);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
    expect(heard("hello")).toHaveLength(1);
  });

  test("pings while it receives, and takes no backlog on its way for a loss", async () => {
    const alice = await online("alice");
    const before = heard("ping").length;
    const said = { type: "SessionClosed", sessionId: "s", reason: "left" } as const;
    for (let n = 0; n < 60; n++) {
      server.store("alice", said);
      await pass(1000);
    }
    expect(heard("ping").length - before).toBe(2);
    expect(heard("hello")).toHaveLength(1);
    expect(alice.connection.state).toBe("online");
  });

  test("says its watches again when they were refused for now", async () => {
    const alice = await online("alice");
    server.refusals = [{ t: "watch", code: "rate_limited", retryable: true, retryAfterMs: 3000 }];
    alice.watch(["bob"]);
    await pass(2900);
    expect(alice.presence("bob")).toBeUndefined();
    await pass(200);
    expect(alice.presence("bob")).toBeDefined();
  });

  test("gives up again whom it watches no more, when that was refused for now", async () => {
    const alice = await online("alice");
    const bob = alice.watch(["bob"]);
    alice.watch(["carol"]);
    await pass(50);
    server.refusals = [{ t: "unwatch", code: "rate_limited", retryable: true, retryAfterMs: 3000 }];
    bob();
    await pass(3100);
    const named = (t: "watch" | "unwatch") => heard(t).map(({ users }) => users);
    expect(named("unwatch")).toEqual([["bob"], ["bob"]]);
    expect(named("watch")).toEqual([["bob", "carol"], ["carol"]]);
    // Somebody who is watched again is no more among those.
    server.refusals = [{ t: "watch", code: "rate_limited", retryable: true, retryAfterMs: 3000 }];
    alice.watch(["bob"]);
    await pass(3100);
    expect(named("unwatch")).toHaveLength(2);
    expect(alice.presence("bob")).toBeDefined();
  });

  test("watches the same users again", async () => {
    const alice = await online("alice");
    alice.watch(["bob"]);
    const carol = alice.watch(["carol"]);
    await pass(50);
    carol();
    await pass(50);
    server.cut("alice");
    await pass(2000);
    expect(heard("watch").map(({ users }) => users)).toEqual([["bob", "carol"], ["bob"]]);
  });
});

test("[C9] what a device has missed is announced a moment at a time, and not once for each event", async () => {
  for (let n = 1; n <= 600; n++) {
    const copy = { type: "MessageSent", author: "alice", to: "bob", body: `${n}` } as const;
    server.store("bob", { ...copy, cid: `a.${n}`, cause: n, position: n, sentAt: n });
  }
  const bob = device("bob");
  let told = 0;
  bob.subscribe(() => told++);
  bob.connect();
  await pass(100);
  expect(bob.connection.state).toBe("online");
  expect(bob.chats().items).toMatchObject([{ unread: 600, last: { body: "600" } }]);
  expect(told).toBeLessThan(20);
});
