import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Stated } from "../../src/events/event.ts";
import { Closings } from "../../src/gateway/session/closings.ts";
import { silent } from "../support/silent.ts";
import { house } from "./world.ts";

beforeEach(() => void vi.useFakeTimers().advanceTimersByTime(1_000));
afterEach(() => void vi.useRealTimers());

/** A broker that is away until it is told to be back. */
function broker() {
  const at = { isAway: false };
  const stored: Stated[] = [];
  const tries = vi.fn<() => void>();
  const state = async (_user: string, _sessionId: string, event: Stated) => {
    tries();
    if (at.isAway) throw new Error("not stored in time");
    return { seq: stored.push(event), duplicate: false };
  };
  const written: { leftOut?: number }[] = [];
  const log = pino({ level: "warn" }, { write: (text) => void written.push(JSON.parse(text)) });
  const closings = new Closings({ state }, log, () => performance.now());
  return { at, stored, tries, closings, written };
}

test("[M16] an end is stated again until it is stored, also over an outage of five minutes", async () => {
  const { at, stored, tries, closings } = broker();
  at.isAway = true;
  closings.state("alice", { type: "SessionClosed", sessionId: "phone", reason: "left" });
  await vi.advanceTimersByTimeAsync(300_000);
  expect([stored.length, tries.mock.calls.length > 100]).toEqual([0, true]);
  at.isAway = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(stored).toMatchObject([{ sessionId: "phone", reason: "left" }]);
});

test("[M16] a session that is believed open long after its end, which a roll-back may have taken, is closed once more", async () => {
  const { stored, closings } = broker();
  closings.state("alice", { type: "SessionClosed", sessionId: "phone", reason: "idle" });
  await vi.advanceTimersByTimeAsync(2_900);
  closings.disown("alice", "phone");
  await vi.advanceTimersByTimeAsync(100);
  expect(stored).toHaveLength(1);
  for (let i = 0; i < 3; i++) closings.disown("alice", "phone");
  await vi.advanceTimersByTimeAsync(10);
  expect(stored).toMatchObject([{ reason: "idle" }, { reason: "left" }]);
});

test("with too many ends that are not stored nobody is let in, and then again", async () => {
  let store: () => void = () => undefined;
  const held = new Promise<void>((go) => (store = go));
  const state = () => held.then(() => ({ seq: 1, duplicate: false }));
  const closings = new Closings({ state }, silent, () => performance.now());
  for (let i = 0; i < 20_000; i++)
    closings.state("alice", { type: "SessionClosed", sessionId: `s-${i}`, reason: "left" });
  expect(closings.isFull).toBe(true);
  store();
  await vi.advanceTimersByTimeAsync(1);
  expect(closings.isFull).toBe(false);
});

test("[M16] a session that a gateway does not know and is told of is closed by it, once, and of a flood some", async () => {
  const { stored, closings } = broker();
  for (let i = 0; i < 3; i++) closings.disown("alice", "stranger");
  closings.state("alice", { type: "SessionClosed", sessionId: "own", reason: "idle" });
  closings.disown("alice", "own");
  for (let i = 0; i < 1_000; i++) closings.disown("alice", `s-${i}`);
  await vi.advanceTimersByTimeAsync(10);
  expect(stored.slice(0, 2)).toMatchObject([
    { sessionId: "stranger", reason: "left" },
    { sessionId: "own", reason: "idle" },
  ]);
  expect(stored).toHaveLength(101);
});

test("[N1] a client whose stream is away is told to come back, and nothing is stated that would need an end", async () => {
  vi.useRealTimers();
  const { world, live } = house();
  world.isAway = true;
  const { wire } = await live("alice");
  expect(wire.closes).toEqual([4410]);
  expect(wire.frames).toMatchObject([{ t: "error", code: "unavailable", retryAfterMs: 1_000 }]);
  expect(world.given).toEqual([]);
});

test("[O9] ends that are not stored, however many, write a line a minute, and how many had none", async () => {
  const { at, closings, written } = broker();
  at.isAway = true;
  const state = (n: number): void =>
    closings.state("alice", { type: "SessionClosed", sessionId: `s-${n}`, reason: "left" });
  for (let i = 0; i < 5; i++) state(i);
  await vi.advanceTimersByTimeAsync(99_500);
  expect(written.map(({ leftOut }) => leftOut)).toEqual([undefined, 299]);
  at.isAway = false;
  await vi.advanceTimersByTimeAsync(1_000);
  at.isAway = true;
  state(50);
  await vi.advanceTimersByTimeAsync(0);
  expect(written).toHaveLength(3);
});

test("[O9] the end of one stream that is stored ends no outage of another", async () => {
  const { at, closings, written } = broker();
  const state = (sessionId: string): void =>
    closings.state("alice", { type: "SessionClosed", sessionId, reason: "left" });
  at.isAway = true;
  state("held");
  await vi.advanceTimersByTimeAsync(500);
  at.isAway = false;
  state("stored");
  await vi.advanceTimersByTimeAsync(100);
  at.isAway = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toHaveLength(1);
});

test("while a gateway has no id that is registered, a client is told to come back", async () => {
  vi.useRealTimers();
  const { world, live } = house();
  Object.assign(world, { gatewayId: undefined });
  const { wire } = await live("alice");
  expect(wire.closes).toEqual([4410]);
  expect(wire.frames).toMatchObject([{ t: "error", code: "unavailable", retryAfterMs: 1_000 }]);
  expect(world.given).toEqual([]);
});
