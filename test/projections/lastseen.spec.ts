import { describe, expect, test } from "vitest";
import { lastseen } from "../../src/projections/views/lastseen.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";

const ONLINE_MS = 20_000;

const seen = (...activity: [owner: string, at: number][]) => {
  const rows = new MemoryRows();
  for (const [owner, at] of activity) lastseen.seen(rows, { owner, at });
  return (now: number, ...users: string[]) =>
    lastseen.answer(
      rows,
      { view: "lastseen", owner: "alice", users, atLeast: 0 },
      { now, onlineMs: ONLINE_MS },
    ).users;
};

describe("a user", () => {
  test("is online within the threshold, and last seen then", () => {
    const ask = seen(["bob", 5_000]);
    expect(ask(5_000 + ONLINE_MS - 1, "bob")).toEqual([
      { user: "bob", online: true, lastSeen: 5_000 },
    ]);
    expect(ask(5_000 + ONLINE_MS, "bob")).toEqual([
      { user: "bob", online: false, lastSeen: 5_000 },
    ]);
  });
  test("was last seen at the newest activity, even when the clock has stepped back", () => {
    expect(seen(["bob", 5_000], ["bob", 4_000])(9_000, "bob")).toMatchObject([{ lastSeen: 5_000 }]);
  });
  test("may have been seen in the first moment of all", () => {
    expect(seen(["bob", 1])(9_000, "bob")).toMatchObject([{ lastSeen: 1 }]);
  });
  test("that was never seen is left out", () => {
    expect(seen(["bob", 5_000])(9_000, "carol", "bob")).toMatchObject([{ user: "bob" }]);
  });
});
