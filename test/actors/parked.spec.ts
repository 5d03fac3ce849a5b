import { expect, test, vi } from "vitest";
import { ParkingRoom } from "../../src/actors/parking.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { Store } from "./store.ts";
import { folded, running, type Host } from "./world.ts";

/** Active people whose stream comes to another host: more than copies may be under way. */
const PEOPLE = 10_000;
/** Entries that may wait for their actors in all streams of a host, and entries that are read at a time. */
const [ROOM, BATCH] = [4_000, 500];

test("[N8] a message to an actor at hand is told while 10,000 others wait for theirs", async () => {
  const store = new Store();
  store.batchMax = 1_000;
  store.openSession("bob", "phone");
  const host = await running(store);
  await folded(store, host);
  store.delayLoading();
  for (let n = 1; n <= PEOPLE; n++) store.send(`u${n}`, "far-bob", 1);
  const message = { type: "MessageSent", author: "alice", to: "bob", cid: "phone.1" } as const;
  const seq = store.put("copy", "bob", {
    ...message,
    body: "hi",
    cause: 9,
    position: 9,
    sentAt: 9,
  });
  await vi.waitFor(() => expect(store.routedTo("phone").at(-1)).toMatchObject({ seq }), PATIENCE);
  host.signal({ kind: "typing", to: "carol", from: "alice" });
  host.signal({ kind: "typing", to: "bob", from: "alice" });
  await vi.waitFor(() => expect(store.routedTo("phone").at(-1)?.kind).toBe("signal"), PATIENCE);
  expect(store.loaded, "nobody is loaded for a word that is not stored").not.toContain("carol");
  host.kill();
});

test("a host reads no further while too many entries wait for their actors, and goes on; each of its streams has a part of that room for itself", async () => {
  const room = new ParkingRoom(ROOM);
  const streams = [new Store(), new Store()] as const;
  const [busy, other] = streams;
  const loads = streams.map((store) => {
    store.batchMax = BATCH;
    for (let n = 1; n <= ROOM + 3 * BATCH; n++)
      store.put("session", `u${n % 2}`, { type: "HeadAsked", sessionId: "phone" });
    return store.delayLoading();
  });
  const first = await running(busy, {}, silent, room);
  const standsAt = async ({ partition }: Host, seq: number): Promise<void> => {
    await vi.waitFor(() => expect(partition.seq).toBeGreaterThan(seq), PATIENCE);
    for (let turns = 0; turns < 10; turns++) await new Promise((done) => setImmediate(done));
    expect(partition.seq).toBeLessThanOrEqual(seq + BATCH);
  };
  await standsAt(first, ROOM);
  const second = await running(other, {}, silent, room);
  await standsAt(second, ROOM / 2);
  // The one that is run here no more takes no room.
  first.kill();
  const third = await running(busy, {}, silent, room);
  await standsAt(third, ROOM / 2);
  for (const go of loads) go();
  for (const [store, host] of [
    [busy, third],
    [other, second],
  ] as const) {
    await folded(store, host);
    expect(host.partition.seq).toBe(store.head);
    host.kill();
  }
});
