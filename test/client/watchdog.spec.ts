import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Watchdog } from "../../src/client/connection/watchdog.ts";
import type { Limits } from "../../src/protocol/frames/hello.ts";

/** A machine that has run for a while. */
const BEGAN = 1_000_000;
let watchdog: Watchdog;
let now: number;
let ill: string[];
let pings: number[];
let limits: Limits | undefined;
beforeEach(() => {
  vi.useFakeTimers();
  [now, ill, pings, limits] = [BEGAN, [], [], undefined];
  watchdog = new Watchdog({
    elapsed: () => now,
    limits: () => limits,
    asking: () => false,
    ping: () => void pings.push(now - BEGAN),
    ill: (why) => void ill.push(why),
  });
  watchdog.start();
});
afterEach(() => {
  watchdog.stop();
  vi.useRealTimers();
});
const look = (atMs: number): void => {
  now = BEGAN + atMs;
  vi.advanceTimersByTime(2_000);
};
/** Looks in time, up to this one; something is heard before each. */
const looks = (from: number, upTo: number, hears = false): void => {
  for (let at = from; at <= upTo; at += 2_000) {
    if (hears) watchdog.heard();
    look(at);
  }
};
const welcomed = (idleMs: number, heartbeatMs: number): void => {
  limits = { idleMs, heartbeatMs } as Limits;
};

test("a look at a socket that comes late, behind a sleep or a standstill, judges nothing before what came meanwhile is read", () => {
  watchdog.compare(2, 1, false);
  look(30_000);
  expect(ill).toEqual([]);
  watchdog.heard();
  watchdog.compare(2, 2, true);
  look(60_000);
  expect(ill).toEqual(["idle"]);
  // A page that is hidden is late each time: every second look judges.
  look(90_000);
  look(120_000);
  expect(ill).toEqual(["idle", "idle"]);
});

test("a socket without a welcome is given up in 20 s, and nothing is said on it", () => {
  looks(2_000, 18_000);
  expect([ill, pings]).toEqual([[], []]);
  look(20_000);
  expect([ill, pings]).toEqual([["idle"], []]);
});

test("a sign of life goes out once a heartbeat, and a server that says nothing is given up", () => {
  welcomed(10_000, 4_000);
  looks(2_000, 8_000, true);
  expect(pings).toEqual([4_000, 8_000]);
  // Last heard at 6 s; a look that is four seconds behind the one before is in time.
  look(12_000);
  expect([ill, pings]).toEqual([[], [4_000, 8_000, 12_000]]);
  look(16_000);
  expect([ill, pings]).toEqual([["idle"], [4_000, 8_000, 12_000]]);
  // One that is five behind is late, and judges nothing.
  look(21_000);
  expect(ill).toEqual(["idle"]);
});

test("a socket that does not answer a probe is given up before it is idle", () => {
  welcomed(100_000, 50_000);
  look(2_000);
  watchdog.probe();
  expect(pings).toEqual([2_000]);
  looks(4_000, 12_000);
  expect(ill.length).toBeGreaterThan(0);
  ill.length = 0;
  watchdog.heard();
  looks(14_000, 24_000);
  expect(ill).toEqual([]);
});

test("a socket on which what the server has does not come is given up, but not while something moves", () => {
  welcomed(100_000, 50_000);
  look(2_000);
  for (let at = 4_000; at <= 16_000; at += 2_000) {
    watchdog.compare(9, 1, true);
    look(at);
  }
  expect(ill).toEqual([]);
  for (let at = 18_000; at <= 28_000; at += 2_000) {
    watchdog.compare(9, 1, false);
    look(at);
  }
  expect(ill).toContain("behind");
  ill.length = 0;
  watchdog.compare(9, 9, false);
  looks(30_000, 40_000);
  expect(ill).toEqual([]);
});

test("a socket that has ended is looked at no more", () => {
  watchdog.stop();
  looks(2_000, 60_000);
  expect(ill).toEqual([]);
});
