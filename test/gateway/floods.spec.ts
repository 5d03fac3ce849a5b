import { describe, expect, test } from "vitest";
import { UNDER_WAY_PER_USER, WAITING_PER_USER } from "../../src/gateway/session/questions.ts";
import { facts, house, settled } from "./world.ts";

describe("a flood", () => {
  test("[T5] of receipts for everybody ends at 200 stored ones, without a strike", async () => {
    const { world, live } = house();
    const { wire, say } = await live("mallory");
    for (let n = 0; n < 390; n++) say({ t: "delivered", peer: `u${n}`, upTo: 1 });
    await settled();
    expect(facts(world, "MessageDelivered")).toHaveLength(200);
    expect(new Set(wire.errors)).toEqual(new Set(["rate_limited"]));
    expect(wire.frames.at(-1)?.["retryAfterMs"]).toBeGreaterThan(0);
    expect(wire.closes).toEqual([]);
  });

  test("of the same receipt is one entry, until the log may have lost it", async () => {
    const { world, live, clock, parts } = house();
    const { say } = await live("mallory");
    const tell = async (upTo: number): Promise<number> => {
      say({ t: "delivered", peer: "bob", upTo });
      await settled();
      return facts(world, "MessageDelivered").length;
    };
    expect([await tell(5), await tell(5), await tell(4), await tell(6)]).toEqual([1, 1, 1, 2]);
    clock.now += 10_000;
    expect([await tell(6), await tell(6)]).toEqual([3, 3]);
    parts.marks.forget();
    expect(await tell(6)).toBe(4);
  });

  test("[L6] of the same receipt is stored again, where a generation began while it was being stored: its message may come again behind it", async () => {
    const { world, live, parts } = house();
    const { say } = await live("alice");
    const letGo = world.hold();
    say({ t: "delivered", peer: "bob", upTo: 5 });
    parts.marks.forget();
    letGo();
    await settled(() => facts(world, "MessageDelivered").length > 0);
    say({ t: "delivered", peer: "bob", upTo: 5 });
    await settled();
    expect(facts(world, "MessageDelivered")).toHaveLength(2);
  });

  test("[P3] of watches costs look-ups and subscriptions within the user's bound, over all sockets", async () => {
    const { world, parts, live } = house({ watchesBurst: 400 });
    const sockets = await Promise.all(Array.from({ length: 10 }, () => live("mallory")));
    const letGo = world.hold();
    let n = 0;
    for (let round = 0; round < 20; round++) {
      for (const { say } of sockets) {
        const users = Array.from({ length: 100 }, () => `u${n++}`);
        say({ t: "watch", users }, { t: "unwatch", users });
      }
    }
    expect(n).toBe(20_000);
    const refused = sockets.flatMap(({ wire }) => wire.errors);
    expect(new Set(refused)).toEqual(new Set(["rate_limited"]));
    // 400 ids at once are four frames of a hundred.
    expect(refused).toHaveLength(200 - 4);
    expect(world.lookedUp.length).toBeLessThanOrEqual(16);
    // A user unwatched before the turn came is not looked up at all.
    expect(world.subscriptions).toBe(0);
    expect(parts.presence.size.lookUps).toBeLessThanOrEqual(16);
    letGo();
    await settled();
    expect(world.lookedUp.length).toBeLessThanOrEqual(16);
    for (const { wire } of sockets) expect(wire.closes).toEqual([]);
  });

  test("[V7] of questions waits for its own answers, is cut off, and leaves others their turn", async () => {
    const { world, live, parts } = house();
    const mallory = await live("mallory");
    const bob = await live("bob");
    const letGo = world.hold();
    const room = UNDER_WAY_PER_USER + WAITING_PER_USER;
    for (let n = 0; n < room; n++) mallory.say({ t: "history", peer: "bob", ref: n });
    bob.say({ t: "chats" });
    expect(world.asked).toHaveLength(UNDER_WAY_PER_USER + 1);
    expect(world.asked.at(-1)).toMatchObject({ owner: "bob" });
    expect(mallory.wire.errors).toEqual([]);
    for (let n = 0; n < 20; n++) mallory.say({ t: "history", peer: "bob" });
    expect(new Set(mallory.wire.errors)).toEqual(new Set(["limit.questions"]));
    expect(mallory.wire.closes).toEqual([4429]);
    letGo();
    await settled(() => parts.questions.size === 0);
    // Nobody wants the answers of those that waited: they were never asked.
    expect(world.asked).toHaveLength(UNDER_WAY_PER_USER + 1);
    expect(bob.wire.frames.at(-1)).toMatchObject({ t: "reply", view: "chats" });
  });

  test("of frames is bounded for a user, however many sockets they come over", async () => {
    const { live } = house();
    const sockets = await Promise.all(Array.from({ length: 10 }, () => live("mallory")));
    const bob = await live("bob");
    for (let n = 0; n < 400; n++) for (const { say } of sockets) say({ t: "ping" });
    bob.say({ t: "ping" });
    const pongs = sockets.flatMap(({ wire }) => wire.frames.filter(({ t }) => t === "pong"));
    expect(pongs).toHaveLength(1_600);
    expect(sockets.flatMap(({ wire }) => wire.closes)).toEqual(Array<number>(10).fill(4429));
    expect(bob.wire.frames.at(-1)).toMatchObject({ t: "pong" });
  });

  test("[D3] of pings and pongs, which no rule hears of, ends the socket like one of frames, also before its hello", async () => {
    const { live, dial } = house();
    for (const { connection, wire } of [await live("mallory"), dial()]) {
      for (let n = 0; n < 400; n++) connection.control();
      expect(wire.closes).toEqual([]);
      connection.control();
      expect(wire.closes).toEqual([4429]);
    }
  });

  test("[D3] behind the word that closes a socket is cut off", async () => {
    const { live } = house();
    const { connection, wire, say } = await live("mallory");
    for (let n = 0; n < 20; n++) say({ t: "nonsense" });
    expect(wire.closes).toEqual([4500]);
    // The flood under way lets the client hear why it is closed.
    for (let n = 0; n < 10_000; n++) say({ t: "nonsense" });
    for (let n = 0; n < 10_000; n++) connection.control();
    expect(wire.closes).toEqual([4500]);
    connection.control();
    expect(wire.closes).toEqual([4500, 1006]);
  });

  test("of hellos is 20 at once of one device, then one in ten seconds, and 60 of one user", async () => {
    const { live, clock, parts } = house({ devicesPerUser: 100 });
    const hello = async (deviceId: string): Promise<string> => {
      const { wire, connection } = await live("mallory", deviceId);
      connection.gone(1006);
      return wire.errors.length > 0 ? String(wire.errors[0]) : "welcome";
    };
    const count = async (deviceId: string, times: number): Promise<number> => {
      let welcomed = 0;
      for (let n = 0; n < times; n++) if ((await hello(deviceId)) === "welcome") welcomed++;
      return welcomed;
    };
    expect(await count("a", 30)).toBe(20);
    clock.now += 9_999;
    expect(await count("a", 5)).toBe(0);
    clock.now += 1;
    expect(await count("a", 5)).toBe(1);
    clock.now += 1_000_000;
    let all = 0;
    for (const device of ["b", "c", "d", "e", "f"]) all += await count(device, 20);
    expect(all).toBe(60);
    expect(parts.sessions.size).toBe(0);
  });

  test("of sockets ends at 10 of a device and 10 devices of a user: the newest is refused", async () => {
    const { live } = house();
    const devices = await Promise.all(
      Array.from({ length: 11 }, (_, n) => live("mallory", `device-${n}`)),
    );
    expect(devices.map(({ wire }) => wire.errors.join())).toEqual([
      ...Array<string>(10).fill(""),
      "limit.devices",
    ]);
    const sockets = await Promise.all(
      Array.from({ length: 10 }, () => live("mallory", "device-0")),
    );
    expect(sockets.map(({ wire }) => wire.errors.join())).toEqual([
      ...Array<string>(9).fill(""),
      "limit.sockets",
    ]);
    expect(sockets.at(-1)?.wire.closes).toEqual([4429]);
    const [first] = devices;
    first?.connection.gone(1000);
    expect((await live("mallory", "device-0")).wire.errors).toEqual([]);
  });
});
