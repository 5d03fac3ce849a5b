import { expect, test } from "vitest";
import { bubble, line, pages, seesTick, write } from "../support/pages.ts";

const { names, open } = pages();

/** The states that a browser may make of a page's storage, in the page itself before its scripts run. */
const STORAGES: Record<string, () => void> = {
  "site data is blocked": () => {
    const blocked = (): never => {
      throw new DOMException("blocked", "SecurityError");
    };
    for (const name of ["localStorage", "indexedDB", "BroadcastChannel"])
      Object.defineProperty(globalThis, name, { get: blocked });
  },
  "there is no IndexedDB": () => {
    Object.defineProperty(globalThis, "indexedDB", { value: undefined });
  },
  "the quota is full": () => {
    const full = (): never => {
      throw new DOMException("full", "QuotaExceededError");
    };
    Storage.prototype.setItem = full;
    IDBObjectStore.prototype.put = full;
  },
  "localStorage was cut off": () => {
    for (const key of ["posthorn.names", "posthorn.drafts.alice-1"])
      localStorage.setItem(key, "[half");
  },
};

test.each(Object.entries(STORAGES))("two people chat although %s", async (_, before) => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, bob, { before });
  const { page: b } = await open(bob, alice, { before });
  await write(a, "Does this work?");
  await bubble(b, "Does this work?").waitFor();
  await write(b, "It does.");
  await bubble(a, "It does.").waitFor();
  await seesTick(a, "Does this work?", "read");
});

test("[C2] a person is told once, and in words, that this device keeps nothing", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice, bob, { before: STORAGES["the quota is full"]! });
  await write(a, "one", "two", "three");
  await seesTick(a, "three", "sent");
  const told = a.getByText(/keeps nothing/);
  await told.waitFor();
  expect(await told.count()).toBe(1);
});

test("[C2] site data that is cleared while the page is open takes no chat away", async () => {
  const [alice, bob] = names();
  const { page: a } = await open(alice);
  const peers = ["a", "b", "c"].map((end) => `${bob}-${end}`);
  for (const peer of peers) {
    await a.goto(`${a.url().split("#")[0]}#${peer}`);
    await a.reload();
    await write(a, `to ${peer}`);
    await seesTick(a, `to ${peer}`, "sent");
  }
  await a.evaluate(async () => {
    for (const { name } of await indexedDB.databases())
      await new Promise((done) => {
        indexedDB.deleteDatabase(name!).addEventListener("success", done);
      });
  });
  await write(a, "after that");
  await seesTick(a, "after that", "sent");
  await a.reload();
  for (const peer of peers) await line(a, peer).waitFor();
  await line(a, `${bob}-a`).click();
  await bubble(a, `to ${bob}-a`).waitFor();
});
