import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { World } from "../../src/gateway/ports.ts";
import { Presence } from "../../src/gateway/presence.ts";
import { silent } from "../projections/support.ts";

const NOW = 1_000_000;
const ONLINE_MS = 20_000;

/** What a broker knows of people, and one watcher who is told. */
function watching() {
  const active = new Map<string, number>();
  const listeners = new Map<string, (at: number) => void>();
  const broker = { away: false };
  const world: Pick<World, "onActive" | "lastActive"> = {
    onActive: (user, hear) => {
      listeners.set(user, hear);
      return () => listeners.delete(user);
    },
    lastActive: async (user) => {
      if (broker.away) throw new Error("timeout");
      return active.get(user);
    },
  };
  const told: string[] = [];
  const watcher = { tell: (frame: string) => void told.push(frame) };
  const now = (): number => NOW + performance.now();
  const presence = new Presence(world as World, ONLINE_MS, now, silent);
  return { active, listeners, broker, told, watcher, presence };
}

const presenceOf = (user: string, rest: object): string =>
  JSON.stringify({ t: "presence", user, ...rest });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("who watches somebody", () => {
  test("is told at once, and when the other has not acted for too long", async () => {
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
    await presence.refresh();
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
    await presence.refresh();
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
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
