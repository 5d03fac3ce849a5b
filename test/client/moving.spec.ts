import { describe, expect, test } from "vitest";
import {
  answers,
  bodies,
  gather,
  heard,
  modelServer,
  online,
  only,
  pass,
  server,
  states,
  statuses,
} from "./devices.ts";

modelServer();

const FAR = 60_000;

describe("a client whose server goes away", () => {
  test("[C10] opens the next socket first, leaves the old one when that has caught up, and is online all the time", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    const seen = states(bob);
    const messages = gather(bob, "message");
    const old = only("bob");
    server.goAway("bob", FAR);
    for (const body of ["1", "2", "3", "4", "5"]) {
      alice.send("bob", body);
      await pass(2);
    }
    await pass(1_000);
    expect(only("bob")).not.toBe(old);
    expect(bodies(bob, "alice")).toEqual(["1", "2", "3", "4", "5"]);
    expect(messages.map(({ message, live }) => [message.body, live])).toEqual(
      ["1", "2", "3", "4", "5"].map((body) => [body, true]),
    );
    expect(new Set(seen)).toEqual(new Set(["online"]));
    const hellos = heard("hello").filter(({ token }) => token === "bob");
    expect(hellos).toHaveLength(2);
    expect(hellos[1]).not.toHaveProperty("replaces");
    expect(hellos[1]?.since).toMatchObject([{ mailbox: "bob" }]);
    await pass(FAR);
    expect(bob.connection.state).toBe("online");
  });

  test("[C10] gets the answers to what it has sent on the old socket, and sends the next on the new one", async () => {
    const alice = await online("alice");
    server.lagMs = 300;
    alice.send("bob", "before");
    await pass(10);
    const old = only("alice");
    server.goAway("alice", FAR);
    await pass(50);
    const [, next] = server.of("alice");
    alice.send("bob", "behind it");
    alice.send("carol", "after");
    await pass(10);
    expect([...old.gate.unanswered].map(({ body }) => body)).toEqual(["before"]);
    expect([...(next?.gate.unanswered ?? [])].map(({ body }) => body)).toEqual(["after"]);
    await pass(2_000);
    expect(only("alice")).toBe(next);
    expect(heard("send").map(({ body }) => body)).toEqual(["before", "after", "behind it"]);
    expect(statuses(alice, "bob")).toEqual(["sent", "sent"]);
    expect(server.breaches).toEqual([]);
  });

  test("[C10] repeats on the new socket what the old one has not answered in time, or when it ended", async () => {
    for (const withinMs of [FAR, 100]) {
      const alice = await online("alice");
      server.lagMs = 9_000;
      const { cid } = alice.send("bob", `within ${withinMs}`);
      await pass(10);
      server.goAway("alice", withinMs);
      await pass(withinMs === FAR ? 5_500 : 200);
      expect(heard("send").filter((frame) => frame.cid === cid)).toMatchObject([
        { cid },
        { cid, auto: true },
      ]);
      expect(server.of("alice")).toHaveLength(1);
      await pass(30_000);
      expect(statuses(alice, "bob").at(-1)).toBe("sent");
      expect(server.log.rows("alice").filter((row) => row.cid === cid)).toHaveLength(1);
      server.lagMs = 0;
      await alice.close();
    }
  });

  test("[C10] waits for what is owed on each socket as long as on any other", async () => {
    const alice = await online("alice");
    server.goAway("alice", FAR);
    await pass(3_000);
    expect(server.of("alice")).toHaveLength(1);
    server.lagMs = 9_000;
    alice.send("bob", "owed");
    await pass(10);
    server.goAway("alice", FAR);
    await pass(3_000);
    expect(server.of("alice")).toHaveLength(2);
    await pass(2_500);
    expect(server.of("alice")).toHaveLength(1);
    await pass(30_000);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
  });

  test("[C10] stays, and tries again with back-off, where no other server takes it; then it comes back as ever", async () => {
    const alice = await online("alice", { random: () => 0.99 });
    const bob = await online("bob");
    const seen = states(alice);
    let dials = 0;
    server.down = true;
    server.onDialled = () => void dials++;
    server.goAway("alice", 10_000);
    await pass(9_000);
    expect(new Set(seen)).toEqual(new Set());
    // At 0, 0.5, 1.5, 3.5 and 7.5 s.
    expect(dials).toBe(5);
    bob.send("alice", "still here");
    await pass(50);
    expect(bodies(alice, "bob")).toEqual(["still here"]);
    await pass(2_000);
    expect(alice.connection.state).toBe("waiting");
    bob.send("alice", "and again");
    server.down = false;
    await pass(20_000);
    expect(bodies(alice, "bob")).toEqual(["still here", "and again"]);
  });

  test("[C10] goes on with the new socket as far as that has come, where the old one ends first", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    const seen = answers(alice, () => alice.connection.state);
    server.goAway("alice", 3);
    bob.send("alice", "meanwhile");
    await pass(100);
    expect(seen).toEqual(["connecting", "online"]);
    expect(heard("hello").filter(({ token }) => token === "alice")).toHaveLength(2);
    expect(bodies(alice, "bob")).toEqual(["meanwhile"]);
  });

  test("[C10] moves no earlier than it has caught up itself, and on from a server that goes away as well", async () => {
    server.goingAway = 3;
    const alice = await online("alice");
    const seen = states(alice);
    await pass(1_000);
    expect(heard("hello")).toHaveLength(4);
    expect(server.of("alice")).toHaveLength(1);
    expect(new Set(seen)).toEqual(new Set());
  });

  test("[C10] stays where the other server knows another log, or refuses it, or asks it to begin anew", async () => {
    const alice = await online("alice", { random: () => 0.99 });
    const seen = states(alice);
    const { epoch } = server.log;
    const old = only("alice");
    const spoil = [
      () => (server.log.epoch = "another"),
      () => server.refusals.push({ t: "hello", code: "limit.sockets", retryable: true }),
      () => (server.gapMax = -1),
    ];
    server.goAway("alice", FAR);
    for (const each of spoil) {
      each();
      await pass(3_000);
      expect(server.of("alice")).toContain(old);
      server.log.epoch = epoch;
    }
    expect(heard("chats")).toEqual([]);
    server.gapMax = 5_000;
    await pass(30_000);
    expect(only("alice")).not.toBe(old);
    // Three tries for the first reason, one for each of the others, and the one that is well.
    expect(heard("hello")).toHaveLength(1 + 3 + 1 + 1 + 1);
    expect(new Set(seen)).toEqual(new Set());
  });

  test("[C10] finds what neither socket has brought", async () => {
    const alice = await online("alice");
    server.goAway("alice", FAR);
    server.onHeard = ({ t }) => {
      // Behind the welcome of the next socket, and before that has caught up.
      if (t !== "hello") return;
      queueMicrotask(() => {
        for (const socket of server.of("alice")) socket.losses = 1;
        for (const n of [1, 2]) {
          const place = { cause: n, position: n, sentAt: n };
          const copy = { type: "MessageSent", author: "bob", to: "alice" } as const;
          server.store("alice", { ...copy, cid: `b.${n}`, body: `${n}`, ...place });
        }
      });
      server.onHeard = () => undefined;
    };
    await pass(10_000);
    expect(bodies(alice, "bob")).toEqual(["1", "2"]);
    expect(server.of("alice")).toHaveLength(1);
  });

  test("[C10] asks again on the new socket what the old one has not answered", async () => {
    const alice = await online("alice");
    const answer = alice.status("alice:1");
    await pass(10);
    server.goAway("alice", FAR);
    await pass(6_000);
    expect(heard("status")).toHaveLength(2);
    void answer.catch(() => undefined);
  });

  test("[D1] takes no harm from a time that is out of range, and leaves out a word that is none", async () => {
    const alice = await online("alice", { random: () => 0.99 });
    server.down = true;
    let dials = 0;
    server.onDialled = () => void dials++;
    for (const withinMs of [-1, 0.5, "soon", null])
      only("alice").tell({ t: "goaway", withinMs } as never);
    await pass(5_000);
    expect(dials).toBe(0);
    only("alice").tell({ t: "goaway", withinMs: 0 });
    await pass(5_000);
    // Half a second apart, not without a pause.
    expect(dials).toBeGreaterThan(8);
    expect(dials).toBeLessThan(12);
    only("alice").tell({ t: "goaway", withinMs: Number.MAX_SAFE_INTEGER });
    await pass(60_000);
    expect(alice.connection.state).toBe("online");
  });
});
