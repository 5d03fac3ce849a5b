import { expect, test } from "vitest";
import type { Facts } from "../../src/gateway/ports.ts";
import { honest } from "../../src/host/storefolder.ts";

const sent = {
  type: "MessageSent",
  author: "alice",
  to: "bob",
  device: "phone",
  cid: "phone.1",
  body: "x",
} as const;

/** Keeps what it is given to store. */
function keeping() {
  const given: unknown[] = [];
  const facts: Facts = {
    async state(...stated) {
      given.push(stated);
      return { seq: 1, duplicate: false };
    },
    refuses: () => false,
    receipt: () => undefined,
  };
  return { given, facts };
}

test("[S8] what is stored under another name reaches the broker under it", async () => {
  const { given, facts } = keeping();
  await honest(facts, { gone: false }).state("alice", "s", sent, "again");
  expect(given).toEqual([["alice", "s", sent, "again"]]);
});

test("[S1] nothing is stored while the store's folder is gone, and all is again when it is back", async () => {
  const { given, facts } = keeping();
  const store = { gone: true };
  const { state } = honest(facts, store);
  await expect(state("alice", "s", sent)).rejects.toThrow("the broker's store was removed");
  expect(given).toEqual([]);
  store.gone = false;
  await state("alice", "s", sent);
  expect(given).toHaveLength(1);
});
