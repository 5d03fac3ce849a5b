import { expect, test } from "vitest";
import type { Copy } from "../../src/events/copy.ts";
import { Store } from "./store.ts";
import { Host } from "./world.ts";

const told = (cause: number): Copy => ({
  type: "MessageSent",
  author: "alice",
  cause,
  position: cause,
  to: "bob",
  cid: `phone.${cause}`,
  body: "x",
  sentAt: 5_000 + cause,
});

test("a message that leaves for its addressee's sessions is told once, with the time of its author's entry", async () => {
  const store = new Store();
  store.put("copy", "bob", told(1)); // Nobody is there.
  store.openSession("bob", "phone");
  store.openSession("bob", "laptop");
  store.put("copy", "bob", told(2));
  store.send("bob", "alice", 1); // The owner's own.
  store.put("copy", "bob", {
    type: "MessageRead",
    author: "alice",
    cause: 3,
    peer: "bob",
    upTo: 1,
  });
  store.put("copy", "bob", told(4));
  const host = new Host(store);
  await host.partition.start();
  await expect.poll(() => host.partition.isCalm && host.partition.seq).toBe(store.head);
  expect(store.delivered).toEqual([5_002, 5_004]);
  host.kill();
});
