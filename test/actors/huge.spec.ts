import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { folded, pass, running, settled, Store, TIDY_MS } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval"] }));
afterEach(() => void vi.useRealTimers());

test("[N6] an actor with 5,000 peers has a snapshot, and is loaded from it", async () => {
  const store = new Store();
  const host = await running(store);
  for (let n = 1; n <= 5_000; n++) store.send("bot", `a-customer-with-a-long-name-${n}`, n);
  await settled(store, host);
  await pass(store, 60_001);
  for (let i = 0; i < 3; i++) await pass(store, TIDY_MS);
  expect(store.snapshots.get("bot")?.length).toBeGreaterThan(200 * 1024);
  const next = await running(store);
  store.send("bot", "somebody-else", 5_001);
  await folded(store, next);
  expect(store.loaded).toContain("bot");
  expect([...next.lanes.keys()]).toContain("bot>somebody-else");
});
