import { describe, expect, test } from "vitest";
import { house, settled } from "./world.ts";

const hello = (user: string, more: object = {}) => ({
  t: "hello",
  token: user,
  deviceId: "d",
  ...more,
});
const since = (seq: number, epoch = "e") => ({ since: [{ mailbox: "alice", epoch, seq }] });

describe("the log of a client that comes back", () => {
  test("is being read before the opening of its session is stored, and once", async () => {
    const { world, dial } = house();
    world.store("alice", { type: "X" });
    const letGo = world.hold();
    const { wire, say } = dial();
    say(hello("alice", since(0)));
    await settled(() => world.readings.length > 0);
    expect(world.readings).toMatchObject([{ user: "alice", after: 0, stopped: false }]);
    expect(wire.frames).toEqual([]);
    letGo();
    await settled(() => wire.frames.some(({ t }) => t === "caughtUp"));
    expect(wire.frames.map(({ t }) => t)).toEqual(["welcome", "event", "event", "caughtUp"]);
    expect(world.readings).toMatchObject([{ stopped: true }]);
  });

  test("is not read for one that is turned away, nor for a cursor of another life of the log", async () => {
    const { world, dial, live } = house({ socketsPerDevice: 1 });
    await live("alice");
    const before = world.readings.length;
    const second = dial();
    second.say(hello("alice"));
    await settled(() => second.wire.errors.length > 0);
    const other = dial();
    other.say(hello("alice", { ...since(0, "other"), deviceId: "d2" }));
    await settled(() => other.wire.frames.some(({ t }) => t === "event"));
    // The entry at the resync alone, on which the next cursor stands.
    const { seq } = other.wire.frames.find(({ t }) => t === "resync") as unknown as { seq: number };
    expect(world.readings.slice(before)).toMatchObject([{ after: seq - 1, stopped: true }]);
  });

  test("is left as soon as nobody waits for it: a cursor ahead of the log, a socket that has gone", async () => {
    const { world, dial } = house();
    const ahead = dial();
    ahead.say(hello("alice", since(9)));
    await settled(() => ahead.wire.frames.some(({ t }) => t === "event"));
    await settled(() => world.readings.every(({ stopped }) => stopped));
    expect(world.readings).toMatchObject([{ after: 9 }, { after: 0 }]);
    world.hold();
    const gone = dial();
    gone.say(hello("alice", { deviceId: "d2" }));
    await settled(() => world.readings.length === 3);
    gone.connection.gone(1006);
    expect(world.readings.map(({ stopped }) => stopped)).toEqual([true, true, true]);
  });

  test("[M9] is read anew behind a resync, also where the resync begins where the client's false cursor stood", async () => {
    const { world, dial } = house();
    world.isSame = false;
    const seq = world.store("alice", { type: "X" });
    const { wire, say } = dial();
    say(hello("alice", since(seq)));
    await settled(() => wire.frames.some(({ t }) => t === "event") || wire.closes.length > 0);
    expect(wire.closes).toEqual([]);
    expect(wire.frames).toMatchObject([
      { t: "welcome", head: seq + 1 },
      { t: "resync", reason: "rolled-back", seq: seq + 1 },
      { t: "event", seq: seq + 1, prev: seq },
    ]);
    await settled(() => world.readings.every(({ stopped }) => stopped));
    expect(world.readings).toMatchObject([{ after: seq }, { after: seq }]);
  });

  test("goes out in a few writes, each no larger than a part of what a socket may have waiting", async () => {
    const { world, dial } = house();
    for (let i = 0; i < 1_000; i++) world.store("alice", { type: "X", body: "x".repeat(250) });
    const { wire, say } = dial();
    say(hello("alice", since(0)));
    await settled(() => wire.frames.some(({ t }) => t === "caughtUp"));
    expect(wire.frames.filter(({ t }) => t === "event")).toHaveLength(1_001);
    expect(wire.writes).toBe(5);
  });

  test("waits for a client that reads slowly", async () => {
    const { world, dial } = house({ queueBytes: 4_000 });
    for (let i = 0; i < 10; i++) world.store("alice", { type: "X", body: "x".repeat(64 * 1024) });
    const { wire, say } = dial();
    wire.backlog = 1_001;
    say(hello("alice", since(0)));
    await settled(() => wire.frames.length > 0);
    await settled();
    expect(wire.frames.map(({ t }) => t)).toEqual(["welcome"]);
    wire.backlog = 1_000;
    await expect.poll(() => wire.frames.at(-1)).toMatchObject({ t: "caughtUp" });
    expect(wire.frames.filter(({ t }) => t === "event")).toHaveLength(11);
  });
});
