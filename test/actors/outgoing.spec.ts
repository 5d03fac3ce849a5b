import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Copy } from "../../src/events/copy.ts";
import type { GroupAsk } from "../../src/events/groupask.ts";
import { Store } from "./store.ts";
import {
  CHECKPOINT_MS,
  copiesTo,
  folded,
  type Host,
  pass,
  running,
  settled,
  TIDY_MS,
} from "./world.ts";
import { PATIENCE } from "../support/patience.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval"] }));
afterEach(() => void vi.useRealTimers());

/** More than are kept under way to one stream, and more than were ever kept open. */
const MANY = 9_000;
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i + 1}`);
const bodies = (copies: readonly (Copy | GroupAsk)[]): string[] =>
  copies.flatMap((copy) => (copy.type === "MessageSent" ? [copy.body] : []));
/** Stores the copies for a user, and nobody else's, until there are none. */
function storeFor(host: Host, lane: string): void {
  const going = host.lanes.get(lane) ?? [];
  host.lanes.delete(lane);
  for (const { stored } of going) stored();
}

describe("while copies to another stream are not stored", () => {
  test("[N4] the partition reads on, and tells its own, with a bounded number under way", async () => {
    const store = new Store();
    const host = await running(store);
    for (let n = 1; n <= MANY; n++) store.send("alice", "far-bob", n);
    store.send("carol", "dave", 1);
    await folded(store, host);
    expect(host.partition.seq).toBe(store.head);
    expect(host.lanes.get("carol>dave")).toHaveLength(1);
    expect(host.lanes.get("alice>far-bob")).toHaveLength(2_048);
  });

  test("[N4] [A3] all of them are stored in their order when it is back, each once", async () => {
    const store = new Store();
    store.unreadable = 2;
    const host = await running(store);
    for (let n = 1; n <= MANY; n++) store.send("alice", "far-bob", n);
    await folded(store, host);
    for (let n = MANY + 1; n <= MANY + 10; n++) store.send("alice", "far-bob", n);
    const stored: string[] = [];
    await vi.waitFor(
      async () => {
        for (const { copy } of host.lanes.get("alice>far-bob") ?? [])
          stored.push(...bodies([copy]));
        storeFor(host, "alice>far-bob");
        await folded(store, host);
        expect(stored).toHaveLength(MANY + 10);
      },
      { ...PATIENCE, interval: 5 },
    );
    expect(stored).toEqual(numbers(MANY + 10));
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(store.head);
  });

  test("[A4] the checkpoint stays before them, and the next start tells what was not told", async () => {
    const store = new Store();
    const host = await running(store);
    for (let n = 1; n <= 2_100; n++) store.send("alice", "far-bob", n);
    await folded(store, host);
    // Those under way are stored, those that are owed are not.
    const going = host.lanes.get("alice>far-bob") ?? [];
    for (const { copy } of going) store.put("copy", "far-bob", copy);
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(0);
    host.kill();
    const next = await running(store);
    await settled(store, next);
    const told = bodies(copiesTo(store, "far-bob"));
    expect([...new Set(told)]).toEqual(numbers(2_100));
  });

  test("[A5] who owes one is let go without a snapshot, and has one when it is stored", async () => {
    const store = new Store();
    const host = await running(store, { idleMs: 60_000 });
    for (let n = 1; n <= 2_049; n++) store.send("alice", "far-bob", n);
    store.send("erin", "far-frank", 1);
    await folded(store, host);
    await pass(store, 60_001);
    for (let i = 0; i < 10; i++) await pass(store, TIDY_MS);
    expect(store.snapshots.has("erin")).toBe(false);
    store.send("erin", "dave", 2);
    await folded(store, host);
    expect(store.loaded.filter((owner) => owner === "erin")).toHaveLength(2);
    for (let i = 0; i < 20; i++) {
      for (const lane of host.lanes.keys()) storeFor(host, lane);
      await folded(store, host);
    }
    await pass(store, 60_001);
    for (let i = 0; i < 10; i++) await pass(store, TIDY_MS);
    expect(store.snapshots.has("erin")).toBe(true);
  });

  test("[A5] whose entry is gone by then keeps nobody from a snapshot", async () => {
    const store = new Store();
    const host = await running(store, { idleMs: 60_000 });
    for (let n = 1; n <= 2_048; n++) store.send("alice", "far-bob", n);
    store.send("erin", "far-frank", 1);
    await folded(store, host);
    store.gone.add(store.head);
    storeFor(host, "alice>far-bob");
    await folded(store, host);
    store.send("erin", "dave", 2);
    await folded(store, host);
    storeFor(host, "erin>dave");
    await pass(store, 60_001);
    for (let i = 0; i < 10; i++) await pass(store, TIDY_MS);
    expect(store.snapshots.has("erin")).toBe(true);
  });

  test("receipts say what they said when they were told", async () => {
    const store = new Store();
    const host = await running(store);
    for (let n = 1; n <= 2_048; n++) store.send("alice", "far-bob", n);
    const told = (position: number): Copy => ({
      type: "MessageSent",
      author: "far-gina",
      to: "alice",
      cid: `g.${position}`,
      body: "x",
      cause: position,
      position,
      sentAt: 1,
    });
    store.put("copy", "alice", told(7));
    store.put("copy", "alice", told(9));
    const device = "phone";
    store.put("fact", "alice", {
      type: "MessageDelivered",
      peer: "far-gina",
      upTo: 9,
      device,
      author: "alice",
    } as never);
    store.put("fact", "alice", {
      type: "MessageRead",
      peer: "far-gina",
      upTo: 7,
      device,
      author: "alice",
    } as never);
    await folded(store, host);
    expect(host.lanes.has("alice>far-gina")).toBe(false);
    await vi.waitFor(
      async () => {
        storeFor(host, "alice>far-bob");
        await folded(store, host);
        expect(host.lanes.get("alice>far-gina")?.map(({ copy }) => copy)).toMatchObject([
          { type: "MessageDelivered", upTo: 9, author: "alice", peer: "far-gina" },
          { type: "MessageDelivered", upTo: 9, read: 7, author: "alice", peer: "far-gina" },
        ]);
      },
      { ...PATIENCE, interval: 5 },
    );
  });
});
