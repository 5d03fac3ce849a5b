import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LOADING } from "../../src/actors/turns.ts";
import { Store } from "./store.ts";
import { CHECKPOINT_MS, copiesTo, folded, pass, running, settled, TIDY_MS } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval"] }));
afterEach(() => void vi.useRealTimers());

/** Turns of the loop until something is so. */
async function turnsUntil(store: Store, isSo: () => boolean): Promise<number> {
  let turns = 0;
  for (; !isSo(); turns++) await pass(store, 0);
  return turns;
}

test("[A9][N6] an actor with 5,000 peers has a snapshot, and is loaded from it: both in parts of many turns", async () => {
  const store = new Store();
  const host = await running(store);
  for (let n = 1; n <= 5_000; n++) store.send("bot", `a-customer-with-a-long-name-${n}`, n);
  await settled(store, host);
  await pass(store, 60_001);
  await pass(store, TIDY_MS);
  const written = await turnsUntil(store, () => store.snapshots.has("bot"));
  const chars = store.snapshots.get("bot")?.length ?? 0;
  expect(chars).toBeGreaterThan(200 * 1024);
  const parts = Math.floor(chars / 1024 / LOADING.units);
  expect(written).toBeGreaterThanOrEqual(parts);
  const next = await running(store);
  store.send("bot", "somebody-else", 5_001);
  await turnsUntil(store, () => store.loaded.includes("bot"));
  expect(await turnsUntil(store, () => next.partition.isCalm)).toBeGreaterThanOrEqual(parts);
  await folded(store, next);
  expect([...next.lanes.keys()]).toContain("bot>somebody-else");
});

test("[N6] who shares a stream with a mailbox that grows without end has a snapshot near its end, though they write little: nobody is loaded over all of that", async () => {
  const store = new Store();
  store.batchMax = 1_000;
  const host = await running(store);
  store.send("alice", "bob", 1);
  await settled(store, host);
  for (let n = 0; n < 17_000; n++)
    store.put("session", "bot", { type: "HeadAsked", sessionId: "phone" });
  await folded(store, host);
  store.send("carol", "dave", 1);
  await settled(store, host);
  await pass(store, TIDY_MS);
  await turnsUntil(store, () => store.snapshots.has("alice") && store.snapshots.has("bob"));
  expect([...store.snapshots.keys()].toSorted()).toEqual(["alice", "bob", "bot"]);
  const written = store.head;
  expect(store.snapshotsAt.get("alice")).toBe(written);
  // They write nothing more, and the mailbox grows on: it is said anew how far theirs is known.
  for (let n = 0; n < 17_000; n++)
    store.put("session", "bot", { type: "HeadAsked", sessionId: "phone" });
  await folded(store, host);
  await pass(store, CHECKPOINT_MS);
  await pass(store, TIDY_MS);
  await turnsUntil(store, () => store.snapshotsAt.get("alice") === store.head);
  host.kill();
  const next = await running(store);
  store.reads.length = 0;
  store.send("alice", "bob", 2);
  await settled(store, next);
  const from = store.reads.flatMap(({ owner, after }) => (owner === "alice" ? after : []));
  expect(from).toEqual([store.checkpoint - 1]);
  expect(copiesTo(store, "bob").map(({ cause }) => cause)).toHaveLength(2);
  next.kill();
});

test("[N6] whoever is met for the first time is read up to where this owner began, and no further: what came since it has seen itself", async () => {
  const store = new Store();
  const first = await running(store);
  for (const to of ["bob", "carol", "dave"]) store.send("alice", to, 1);
  await settled(store, first);
  await pass(store, CHECKPOINT_MS);
  first.kill();
  const began = store.checkpoint;
  expect(began).toBe(store.head);
  store.reads.length = 0;
  const next = await running(store, { idleMs: 60_000 });
  for (let n = 0; n < 20; n++) store.send("alice", "bob", n + 2);
  store.send("carol", "bob", 1);
  await settled(store, next);
  expect(new Set(store.reads.map(({ upTo }) => upTo))).toEqual(new Set([began]));
  // Alice is let go, and others are read as far as she has come.
  const gone = store.mailbox("alice").at(-1)?.seq;
  await pass(store, 30_000);
  store.send("carol", "bob", 2);
  await settled(store, next);
  await pass(store, 30_001);
  await pass(store, TIDY_MS);
  await turnsUntil(store, () => store.snapshots.has("alice"));
  await pass(store, TIDY_MS);
  store.send("dave", "alice", 1);
  await settled(store, next);
  expect(store.reads.findLast(({ owner }) => owner === "dave")?.upTo).toBe(gone);
  expect(copiesTo(store, "alice").at(-1)).toMatchObject({ author: "dave" });
  next.kill();
});
