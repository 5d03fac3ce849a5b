import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Verify } from "../../src/gateway/ports.ts";
import {
  HELD_MS,
  MORE_EACH_MS,
  Openings,
  PATIENCE_MS,
} from "../../src/gateway/session/openings.ts";
import { AT_ONCE_MAX } from "../../src/gateway/session/pacing.ts";
import { PER_TURN } from "../../src/gateway/turnstile.ts";
import { facts, house, settled } from "./world.ts";

const CROWD = Array.from({ length: 33 }, (_, i) => `user-${i}`);

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
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  test("one is, and the others as those before them are stored", async () => {
    const { world, letGo } = storm();
    await settled();
    expect(world.given).toHaveLength(1);
    letGo();
    await settled(() => facts(world, "SessionOpened").length === CROWD.length);
    expect(facts(world, "SessionOpened")).toHaveLength(CROWD.length);
  });

  test("one that leaves while it waits is not opened, and keeps no place", async () => {
    const { world, devices, letGo } = storm();
    await settled();
    for (const { connection } of devices.slice(1, -1)) connection.gone(1006);
    letGo();
    await settled(() => facts(world, "SessionOpened").length > 1);
    expect(facts(world, "SessionOpened")).toHaveLength(2);
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
    const openings = new Openings(() => Date.now());
    const began: string[] = [];
    for (const session of CROWD.map((name) => ({ name })))
      void openings.enter(session).then(() => {
        began.push(session.name);
        openings.leave(session);
      });
    await vi.advanceTimersByTimeAsync(0);
    expect(began).toEqual(CROWD);
  });

  test("that wait for the broker keep nobody out for longer than a moment", async () => {
    const openings = new Openings(() => Date.now());
    let began = 0;
    for (let i = 0; i < 2; i++) void openings.enter({}).then(() => began++);
    await vi.advanceTimersByTimeAsync(HELD_MS - 1);
    expect(began).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(began).toBe(2);
  });

  test("are more at once the longer the first in line has waited, where the log has become slow, and no more than a limit", async () => {
    const openings = new Openings(() => Date.now());
    const AWAY_MS = 150;
    const underWay: { readonly session: object; readonly until: number }[] = [];
    let began = 0;
    const wants = (ms: number): void => {
      const session = {};
      void openings.enter(session).then(() => {
        began++;
        underWay.push({ session, until: Date.now() + ms });
      });
    };
    const pass = async (ms: number): Promise<void> => {
      for (const end = Date.now() + ms; Date.now() < end;) {
        await vi.advanceTimersByTimeAsync(1);
        while (underWay[0] && underWay[0].until <= Date.now()) {
          const { session = {} } = underWay.shift() ?? {};
          openings.stored(session);
          openings.leave(session);
        }
      }
    };
    wants(1);
    await pass(2);
    for (let i = 0; i < 1_000; i++) wants(AWAY_MS);
    await pass(PATIENCE_MS);
    expect(began, "one at once").toBeLessThan((2 * PATIENCE_MS) / HELD_MS);
    await pass(AT_ONCE_MAX * MORE_EACH_MS);
    const before = began;
    await pass(1_000);
    const atOnce = ((began - before) * AWAY_MS) / 1_000;
    expect(atOnce).toBeGreaterThan(AT_ONCE_MAX * 0.8);
    expect(atOnce).toBeLessThanOrEqual(AT_ONCE_MAX + AWAY_MS / HELD_MS);
  });

  test("that end twice make one place", async () => {
    const openings = new Openings(() => Date.now());
    const first = {};
    let began = 0;
    void openings.enter(first);
    for (let i = 0; i < 2; i++) void openings.enter({}).then(() => began++);
    openings.leave(first);
    openings.leave(first);
    await vi.advanceTimersByTimeAsync(0);
    expect([began, openings.size]).toEqual([1, 2]);
  });

  test("are more at once as long as they take no longer for it", async () => {
    const openings = new Openings(() => Date.now());
    const underWay: object[] = [];
    for (let i = 0; i < 300; i++) {
      const session = {};
      void openings.enter(session).then(() => underWay.push(session));
    }
    let most = 0;
    while (openings.size > 0) {
      await vi.advanceTimersByTimeAsync(10);
      most = Math.max(most, underWay.length);
      for (const session of underWay.splice(0)) {
        openings.stored(session);
        openings.leave(session);
      }
    }
    expect(most).toBe(AT_ONCE_MAX);
  });
});
