import { expect, test, vi } from "vitest";
import { PATIENCE } from "../support/patience.ts";
import { Store } from "./store.ts";
import { folded, running } from "./world.ts";

/** Active people whose stream comes to another host: more than copies may be under way. */
const PEOPLE = 10_000;
/** Entries that may wait for their actors. */
const PARKED_MAX = 32_768;

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

test("a host reads no further while too many entries wait for their actors, and goes on", async () => {
  const store = new Store();
  store.batchMax = 4_000;
  const loads = store.delayLoading();
  for (let n = 1; n <= PARKED_MAX + 3 * store.batchMax; n++)
    store.put("session", `u${n % 2}`, { type: "HeadAsked", sessionId: "phone" });
  const host = await running(store);
  await vi.waitFor(() => expect(host.partition.seq).toBeGreaterThan(PARKED_MAX), PATIENCE);
  for (let turns = 0; turns < 10; turns++) await new Promise((done) => setImmediate(done));
  expect(host.partition.seq).toBeLessThanOrEqual(PARKED_MAX + store.batchMax);
  loads();
  await folded(store, host);
  expect(host.partition.seq).toBe(store.head);
  host.kill();
});
