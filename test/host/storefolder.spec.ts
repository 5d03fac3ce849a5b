import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Facts } from "../../src/gateway/ports.ts";
import { honest, StoreFolder } from "../../src/host/storefolder.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { soon } from "../support/soon.ts";

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

test("[O2] a store is gone, too, while a stream in it has no folder of its messages", async () => {
  const dir = folder();
  const stream = join(dir, "jetstream", "$G", "streams", "MAILBOX_0");
  const [messages, elsewhere] = [join(stream, "msgs"), join(dir, "elsewhere")];
  mkdirSync(messages, { recursive: true });
  writeFileSync(join(stream, "meta.inf"), "{}");
  const store = new StoreFolder(dir, ["MAILBOX_0"], silent);
  await store.start();
  onTestFinished(() => store.stop());
  expect(store.gone).toBe(false);
  renameSync(messages, elsewhere);
  await soon(() => expect(store.gone).toBe(true));
  renameSync(elsewhere, messages);
  await soon(() => expect(store.gone).toBe(false));
});
