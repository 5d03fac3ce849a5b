import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startApp, type App } from "../../support/app.ts";
import { device, dial, type Device } from "../../support/device.ts";
import { PATIENCE_MS } from "../../support/patience.ts";
import { answer } from "../../support/siege.ts";

let app: App;
let ann: Device;
let store: string;
beforeEach(async () => {
  app = await startApp({}, { store: true });
  store = join(app.broker.dir, "store");
  ann = await device(app, "ann");
  expect(await send(1)).toMatchObject({ t: "sent" });
  expect(await ready()).toMatchObject([200, { ready: true, broker: true, log: true, store: true }]);
});
afterEach(async () => {
  await ann.close();
  await app.stop();
});

const send = (n: number) => answer(ann, { t: "send", cid: `a.${n}`, to: "ben", body: `${n}` });

async function ready(): Promise<[number, unknown]> {
  const response = await fetch(`${app.url}/readyz`);
  return [response.status, await response.json()];
}

/** From when the store is known to be gone nothing is acknowledged, and nobody comes in. */
async function expectHonesty(): Promise<void> {
  await vi.waitUntil(async () => (await ready())[0] === 503, PATIENCE_MS);
  expect((await ready())[1]).toMatchObject({ ready: false, store: false });
  expect(await send(2)).toMatchObject({ code: "unavailable", retryable: true, cid: "a.2" });
  const late = await dial(app);
  const token = await app.token("late");
  expect(await answer(late, { t: "hello", token, deviceId: "d" })).toMatchObject({
    code: "unavailable",
  });
  expect(await late.closed).toBe(4410);
  expect(app.log()).toContain("the broker's store was removed while it runs");
}

test("a store that is removed while it is used is noticed, and gets no message more", async () => {
  rmSync(store, { recursive: true });
  await expectHonesty();
});

test("a stream that is removed from the store is noticed", async () => {
  const [account = ""] = readdirSync(join(store, "jetstream"));
  rmSync(join(store, "jetstream", account, "streams", "ACTIVITY"), { recursive: true });
  await expectHonesty();
});

test("a store that is replaced by an empty one is noticed, and back when its files are", async () => {
  const aside = `${store}-aside`;
  renameSync(store, aside);
  mkdirSync(store);
  await expectHonesty();
  rmSync(store, { recursive: true });
  // The very files that the broker has open.
  renameSync(aside, store);
  await vi.waitUntil(async () => (await ready())[0] === 200, PATIENCE_MS);
  expect(await send(2)).toMatchObject({ t: "sent" });
});

test("a store that is replaced by a copy of it is noticed", async () => {
  const aside = `${store}-aside`;
  renameSync(store, aside);
  cpSync(aside, store, { recursive: true });
  await expectHonesty();
});

test("[O5] a folder that is no store of this broker is refused at the start, before a stream is claimed", async () => {
  const elsewhere = startApp({ NATS_STORE_DIR: app.dir }).then(() => "", String);
  expect(await elsewhere).toContain("NATS_STORE_DIR is not the store of this broker: ");
  expect(await elsewhere).not.toContain("stream claimed");
});
