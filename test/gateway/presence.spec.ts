import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { World } from "../../src/gateway/ports.ts";
import { Presence } from "../../src/gateway/presence.ts";
import { silent } from "../support/silent.ts";

const NOW = 1_000_000;
const ONLINE_MS = 20_000;

/** People as a broker knows them, and one watcher who is told. */
function watching() {
  const active = new Map<string, number>();
  const listeners = new Map<string, (at: number) => void>();
  const broker = { away: false };
  const now = (): number => NOW + performance.now();
  const world: Pick<World, "onActive" | "lastActive"> = {
    onActive: (user, hear) => {
      listeners.set(user, hear);
      return () => listeners.delete(user);
    },
    lastActive: async (user) => {
      if (broker.away) throw new Error("timeout");
      const at = active.get(user);
      return at === undefined ? undefined : { at, ageMs: now() - at };
    },
  };
  const told: string[] = [];
  const watcher = { signal: (frame: string) => void told.push(frame) };
  const presence = new Presence(world as World, ONLINE_MS, now, silent);
  return { active, listeners, broker, told, watcher, presence };
}

const presenceOf = (user: string, rest: object): string =>
  JSON.stringify({ t: "presence", user, ...rest });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("who watches somebody", () => {
  test("[P2] is told at once, and when the other has not acted for too long", async () => {
    const { active, told, watcher, presence } = watching();
    active.set("bob", NOW - 5_000);
    presence.watch("bob", watcher);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([presenceOf("bob", { online: true, lastSeen: NOW - 5_000 })]);
    await vi.advanceTimersByTimeAsync(ONLINE_MS - 5_000);
    expect(told).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(told.at(-1)).toBe(presenceOf("bob", { online: false, lastSeen: NOW - 5_000 }));
  });

  test("while the broker is away, is told when it is back", async () => {
    const { active, broker, told, watcher, presence } = watching();
    broker.away = true;
    presence.watch("bob", watcher);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual([]);
    broker.away = false;
    active.set("bob", NOW + 9_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual([presenceOf("bob", { online: true, lastSeen: NOW + 9_000 })]);
  });

  test("learns of everybody who acted while the broker could not say", async () => {
    const { active, told, watcher, presence } = watching();
    const users = Array.from({ length: 50 }, (_, i) => `user-${i}`);
    for (const user of users) presence.watch(user, watcher);
    await vi.advanceTimersByTimeAsync(0);
    told.length = 0;
    for (const user of users) active.set(user, NOW);
    presence.refresh();
    await vi.advanceTimersByTimeAsync(0);
    expect(told.toSorted()).toEqual(
      users.map((user) => presenceOf(user, { online: true, lastSeen: NOW })).toSorted(),
    );
  });

  test("learns of a visit that was over before the broker was back", async () => {
    const { active, told, watcher, presence } = watching();
    active.set("bob", NOW - 900_000);
    presence.watch("bob", watcher);
    await vi.advanceTimersByTimeAsync(60_000);
    active.set("bob", NOW);
    presence.refresh();
    await vi.advanceTimersByTimeAsync(0);
    expect(told.map((frame) => JSON.parse(frame) as object)).toMatchObject([
      { online: false, lastSeen: NOW - 900_000 },
      { online: false, lastSeen: NOW },
    ]);
  });

  test("and no longer does, leaves nothing behind", async () => {
    const { broker, told, watcher, presence, listeners } = watching();
    broker.away = true;
    presence.watch("bob", watcher);
    await vi.advanceTimersByTimeAsync(500);
    presence.unwatch("bob", watcher);
    broker.away = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
    presence.tidy();
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("and watches again in a moment, is told at once and costs no subscription and no look-up", async () => {
    const { active, told, watcher, presence, listeners } = watching();
    active.set("bob", NOW - 5_000);
    presence.watch("bob", watcher);
    await vi.advanceTimersByTimeAsync(0);
    const [listener] = listeners.values();
    presence.unwatch("bob", watcher);
    active.set("bob", NOW);
    presence.watch("bob", watcher);
    expect(told).toHaveLength(2);
    expect([...listeners.values()]).toEqual([listener]);
    presence.unwatch("bob", watcher);
    await vi.advanceTimersByTimeAsync(10_000);
    presence.tidy();
    expect(listeners.size).toBe(0);
  });

  test("in a list without end, keeps a bounded number of subscriptions", async () => {
    const { watcher, presence } = watching();
    for (let n = 0; n < 6_000; n++) {
      presence.watch(`user-${n}`, watcher);
      await vi.advanceTimersByTimeAsync(0);
      presence.unwatch(`user-${n}`, watcher);
    }
    expect(presence.size).toEqual({ subscriptions: 5_000, lookUps: 0 });
    presence.stop();
    expect(presence.size.subscriptions).toBe(0);
  });

  test("is told of somebody who acts now as online, whatever the broker's clock says", async () => {
    const { active, listeners, told, watcher, presence } = watching();
    active.set("bob", NOW - 900_000);
    presence.watch("bob", watcher);
    await vi.advanceTimersByTimeAsync(0);
    const late = NOW - 600_000;
    listeners.get("bob")?.(late);
    expect(told.at(-1)).toBe(presenceOf("bob", { online: true, lastSeen: late }));
    await vi.advanceTimersByTimeAsync(ONLINE_MS + 10);
    expect(told.at(-1)).toBe(presenceOf("bob", { online: false, lastSeen: late }));
  });
});
