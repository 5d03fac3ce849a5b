import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Tenure } from "../../src/roles/tenure.ts";
import { thaw } from "../support/frozen.ts";
import { Store } from "./store.ts";
import { folded, running, settled } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const never = (): boolean => false;

test("[A15] who has folded something has a snapshot of it, but for one with a copy under way, and goes on", async () => {
  const store = new Store();
  const host = await running(store);
  store.send("alice", "bob", 1);
  const last = store.send("bob", "alice", 1);
  await folded(store, host);
  host.storeCopy(1);
  await folded(store, host);
  await host.partition.saveActors(never);
  expect([...store.snapshots.keys()]).toEqual(["bob"]);
  expect(thaw(store.snapshots.get("bob") ?? "").seq).toBe(last);
  // Nothing of bob's lies between his snapshot and the end.
  expect(store.snapshotsAt.get("bob")).toBe(store.head);
  await settled(store, host);
  await host.partition.saveActors(never);
  expect([...store.snapshots.keys()].toSorted()).toEqual(["alice", "bob"]);
  // Of all that is in snapshots nothing is written again.
  store.snapshots.clear();
  await host.partition.saveActors(never);
  expect(store.snapshots.size).toBe(0);
  const more = store.send("alice", "bob", 2);
  await settled(store, host);
  await host.partition.saveActors(never);
  expect(thaw(store.snapshots.get("alice") ?? "").seq).toBeGreaterThanOrEqual(more);
  host.kill();
});

test("[A15] who was used last is written first, and nobody when the time is over", async () => {
  const store = new Store();
  const host = await running(store, { actorsMax: 1_000 });
  const names = Array.from({ length: 200 }, (_, i) => `user${i}`);
  for (const name of names) {
    store.now++;
    store.openSession(name, `phone of ${name}`);
    await folded(store, host);
  }
  await host.partition.saveActors(() => true);
  expect(store.snapshots.size).toBe(0);
  await host.partition.saveActors(() => store.snapshots.size > 0);
  expect([...store.snapshots.keys()].toSorted()).toEqual(names.slice(-64).toSorted());
  host.kill();
});

test("[A15] a hand-over waits for snapshots for three seconds, and then for no more than were begun", async () => {
  const store = new Store();
  const host = await running(store, { actorsMax: 1_000 });
  for (const i of Array.from({ length: 200 }).keys()) store.openSession(`user${i}`, `phone ${i}`);
  await folded(store, host);
  const waits: (() => void)[] = [];
  let begun = 0;
  host.alive = (work) => {
    begun++;
    return new Promise((done) => waits.push(() => done(work())));
  };
  const tenure = Reflect.construct(Tenure, [1, { partition: host.partition }]) as Tenure;
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  let isOver = false;
  const over = tenure.save().then(() => (isOver = true));
  while (begun === 0) await new Promise((go) => setImmediate(go));
  await vi.advanceTimersByTimeAsync(2_999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await over;
  // Those that were chosen before go on.
  for (let turns = 0; turns < 50; turns++) {
    for (const done of waits.splice(0)) done();
    await new Promise((go) => setImmediate(go));
  }
  expect(begun).toBeLessThanOrEqual(64);
  host.kill();
});
