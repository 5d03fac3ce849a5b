import { expect, test } from "vitest";
import { Store } from "./store.ts";
import { folded, running } from "./world.ts";

test("[M13] a host has routed as far as the entry before the first that waits for its actor", async () => {
  const store = new Store();
  store.openSession("bob", "phone");
  const host = await running(store);
  await folded(store, host);
  expect(host.partition.routed).toBe(store.head);
  const loads = store.delayLoading();
  const first = store.send("carol", "bob", 1);
  store.send("bob", "carol", 1);
  const last = store.send("carol", "bob", 2);
  while (host.partition.seq < last) await new Promise((done) => setImmediate(done));
  expect(host.partition.routed, "carol's are parked").toBe(first - 1);
  loads();
  await folded(store, host);
  expect(host.partition.routed).toBe(last);
  host.kill();
});
