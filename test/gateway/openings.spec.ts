import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Verify } from "../../src/gateway/ports.ts";
import { HELD_MS, Openings, OPENINGS_MAX } from "../../src/gateway/session/openings.ts";
import { PER_TURN } from "../../src/gateway/turnstile.ts";
import { facts, house, settled } from "./world.ts";

const CROWD = Array.from({ length: 2 * OPENINGS_MAX + 1 }, (_, i) => `user-${i}`);

/** Everybody says hello in one moment. */
function storm() {
  const { world, dial } = house();
  const letGo = world.hold();
  const devices = CROWD.map((user) => {
    const device = dial();
    device.say({ t: "hello", token: user, deviceId: "d" });
    return device;
  });
  return { world, devices, letGo };
}

describe("of sessions that all want to be opened at once", () => {
  test("so many are, and the others as these are stored", async () => {
    const { world, letGo } = storm();
    await settled();
    expect(world.given).toHaveLength(OPENINGS_MAX);
    letGo();
    await settled(() => facts(world, "SessionOpened").length === CROWD.length);
    expect(facts(world, "SessionOpened")).toHaveLength(CROWD.length);
  });

  test("one that leaves while it waits is not opened, and keeps no place", async () => {
    const { world, devices, letGo } = storm();
    await settled();
    for (const { connection } of devices.slice(OPENINGS_MAX, -1)) connection.gone(1006);
    letGo();
    await settled(() => facts(world, "SessionOpened").length > OPENINGS_MAX);
    expect(facts(world, "SessionOpened")).toHaveLength(OPENINGS_MAX + 1);
    expect(devices.at(-1)?.wire.frames[0]).toMatchObject({ t: "welcome" });
  });

  test("one whose token is refused waits for no place", async () => {
    const { world, dial } = house();
    world.hold();
    for (const user of CROWD) dial().say({ t: "hello", token: user, deviceId: "d" });
    const stranger = dial();
    stranger.say({ t: "hello", token: "bad", deviceId: "d" });
    await settled(() => stranger.wire.closes.length > 0);
    expect(stranger.wire.errors).toEqual(["auth.invalid_token"]);
  });
});

test("the tokens of a crowd are verified a few per turn of the loop, so that words of others go on between them", async () => {
  const { parts, dial } = house();
  let verified = 0;
  const counted: Verify = async () => void verified++;
  Object.assign(parts, { verify: counted });
  for (const user of Array.from({ length: 2 * PER_TURN + 1 }, (_, i) => `user-${i}`))
    dial().say({ t: "hello", token: user, deviceId: "d" });
  const seen: number[] = [];
  for (let turns = 0; turns < 4; turns++) {
    seen.push(verified);
    await new Promise((go) => setImmediate(go));
  }
  expect(seen).toEqual([0, PER_TURN, 2 * PER_TURN, 2 * PER_TURN + 1]);
});

describe("openings", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("go ahead in the order in which they came", async () => {
    const openings = new Openings();
    const began: string[] = [];
    for (const session of CROWD.map((name) => ({ name })))
      void openings.enter(session).then(() => {
        began.push(session.name);
        openings.leave(session);
      });
    await vi.advanceTimersByTimeAsync(0);
    expect(began).toEqual(CROWD);
  });

  test("that wait for the broker keep nobody out for longer than a second", async () => {
    const openings = new Openings();
    let began = 0;
    for (let i = 0; i <= OPENINGS_MAX; i++) void openings.enter({}).then(() => began++);
    await vi.advanceTimersByTimeAsync(HELD_MS - 1);
    expect(began).toBe(OPENINGS_MAX);
    await vi.advanceTimersByTimeAsync(1);
    expect(began).toBe(OPENINGS_MAX + 1);
  });

  test("that end twice make one place", async () => {
    const openings = new Openings();
    const first = {};
    let began = 0;
    void openings.enter(first);
    for (let i = 1; i < OPENINGS_MAX + 2; i++) void openings.enter({}).then(() => began++);
    openings.leave(first);
    openings.leave(first);
    await vi.advanceTimersByTimeAsync(0);
    expect(began).toBe(OPENINGS_MAX);
  });
});
