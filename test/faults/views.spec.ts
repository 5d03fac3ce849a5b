import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../scripts/dev/port.mjs";
import { folderOf, ViewStore } from "../../src/projections/store/store.ts";
import { silent } from "../support/silent.ts";
import type { App } from "../support/app.ts";
import { device, type Device, type Frame } from "../support/device.ts";
import { readScrape, type Scrape } from "../support/prometheus.ts";
import { server, until } from "./support.ts";

const HOLDER = fileURLToPath(new URL("holder.mjs", import.meta.url));

const viewsOf = ({ dir }: App): string => join(dir, "views");

const MAILBOXES = [0, 1, 2, 3].map((k) => `MAILBOX_${k}`);
const foldersOf = (app: App): string[] =>
  [...MAILBOXES, "ACTIVITY"].map((stream) => folderOf(viewsOf(app), stream));

/** Holds the locks of the views' writers: the thread hangs inside LMDB at its next commit. */
async function hold(app: App): Promise<{ release(): Promise<void> }> {
  const child = spawn(process.execPath, ["--import", "tsx", HOLDER, ...foldersOf(app)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return {
    release: async () => {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

async function readiness(app: App): Promise<{ status: number; degraded: string[] }> {
  const response = await fetch(`${app.url}/readyz`);
  const { degraded } = (await response.json()) as { degraded: string[] };
  return { status: response.status, degraded };
}

let asked = 0;
/** The outcome of a question about a chat with alice. */
async function ask(from: Device): Promise<Frame> {
  const ref = `question ${++asked}`;
  from.say({ t: "history", ref, peer: "alice" });
  return await from.until((frame) => frame["ref"] === ref);
}

/** Sends a message, and waits until its reader has it and its author knows. */
async function lifecycle(alice: Device, bob: Device, cid: string): Promise<void> {
  alice.say({ t: "send", cid, to: "bob", body: cid });
  const { event } = await bob.until((frame) => frame["event"]?.cid === cid);
  bob.say({ t: "read", peer: "alice", upTo: event.position });
  await alice.until(
    (frame) => frame["event"]?.author === "bob" && frame["event"].upTo >= event.position,
  );
}

async function pair(app: App): Promise<[Device, Device]> {
  const both: [Device, Device] = [await device(app, "alice"), await device(app, "bob")];
  await lifecycle(...both, "a.1");
  return both;
}

test("[V6] while the views are stuck, messages and ticks go on, and they come back by themselves", async () => {
  const app = await server();
  const [alice, bob] = await pair(app);
  const held = await hold(app);
  await lifecycle(alice, bob, "a.2");
  await until(async () => (await readiness(app)).degraded.length > 0);
  expect(await readiness(app)).toEqual({ status: 200, degraded: ["views"] });
  expect(await ask(bob)).toMatchObject({ t: "error", code: "unavailable", retryable: true });
  await lifecycle(alice, bob, "a.3");

  await held.release();
  await until(async () => (await readiness(app)).degraded.length === 0);
  await until(async () => (await ask(bob))["result"].messages.length === 3);
});

test("[O10] while the views are stuck, the numbers say so: a lag that is theirs alone", async () => {
  const port = await freePort();
  const app = await server({ ADMIN_PORT: `${port}` });
  const scrape = async (): Promise<Scrape> =>
    readScrape(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  const lag = (said: Scrape, of: string): number =>
    [0, 1, 2, 3]
      .map((k) => said.get(`posthorn_${of}_lag_entries{stream="MAILBOX_${k}"}`) ?? Number.NaN)
      .reduce((sum, entries) => sum + entries);
  const [alice, bob] = await pair(app);
  await until(async () => lag(await scrape(), "views") === 0);
  const held = await hold(app);
  await lifecycle(alice, bob, "a.2");
  await until(async () => (await scrape()).get("posthorn_views_degraded") === 1);
  await lifecycle(alice, bob, "a.3");
  await until(async () => lag(await scrape(), "actors") === 0);
  // A send, its copy, a receipt and its copy: of each message four entries.
  expect(lag(await scrape(), "views")).toBeGreaterThanOrEqual(4);

  await held.release();
  await until(async () => lag(await scrape(), "views") === 0);
  await until(async () => (await scrape()).get("posthorn_views_degraded") === 0);
});

test("a server whose views are stuck stops all the same, and has everything when it is back", async () => {
  const app = await server();
  const [alice, bob] = await pair(app);
  const held = await hold(app);
  await lifecycle(alice, bob, "a.2");
  await until(async () => (await readiness(app)).degraded.length > 0);
  // By the signal itself, uncaught: what supervisors take for a clean end.
  expect(await app.terminate()).toBeNull();
  expect(await Promise.all([alice.closed, bob.closed])).toEqual([4400, 4400]);
  await held.release();
  await app.restart();
  const again = await device(app, "bob");
  await until(async () => (await ask(again))["result"].messages.length === 2);
});

/** The thread of the views has thrown: its views were given to another life of their streams. */
async function usurped(app: App): Promise<void> {
  for (const stream of MAILBOXES) {
    const store = await ViewStore.open({ dir: folderOf(viewsOf(app), stream), log: silent });
    store.table.reset({ epoch: "another life", seq: 0, views: {} });
    await store.close({ last: false });
  }
}

const HUNGER = "hunger";
/** Code that a thread runs beside its program: where it finds that file, it takes memory until there is none left. */
const HUNGRY = `
  import { existsSync, rmSync } from "node:fs";
  import { isMainThread } from "node:worker_threads";
  const file = process.env.DATA_DIR + "/${HUNGER}";
  const eat = () => { rmSync(file); for (const all = [];;) all.push(Array(1_000).fill(all.length)); };
  if (!isMainThread) setInterval(() => existsSync(file) && eat(), 20);
`;
const NODE_OPTIONS = `--max-old-space-size=96 --import=data:text/javascript,${encodeURIComponent(HUNGRY)}`;

test.each([
  ["has thrown", {}, usurped],
  [
    "is at its limit of memory",
    { NODE_OPTIONS },
    async ({ dir }: App) => writeFileSync(join(dir, HUNGER), ""),
  ],
] as const)(
  "[V6] a thread of the views that %s is started again alone, and the server is ready all the time",
  async (_, env, fail) => {
    const app = await server(env);
    const { pid } = app;
    const [alice, bob] = await pair(app);
    const noticed = until(async () => {
      expect(await readiness(app)).toEqual({ status: 200, degraded: ["views"] });
      return true;
    });
    await fail(app);
    await lifecycle(alice, bob, "a.2");
    await until(() => app.log().includes("the views' thread has failed"));
    await noticed;
    await lifecycle(alice, bob, "a.3");
    await until(async () => (await readiness(app)).degraded.length === 0);
    await until(async () => (await ask(bob))["result"].messages.length === 3);
    expect(app.pid).toBe(pid);
    expect(await readiness(app)).toEqual({ status: 200, degraded: [] });
  },
);

test("[O2] before the views are ready for the first time, the server is not, and messages go through", async () => {
  const app = await server();
  const [alice, bob] = await pair(app);
  await Promise.all([alice.close(), bob.close()]);
  await app.kill();
  const held = await hold(app);
  // Views that are to be built anew: they have to be written before they can be asked.
  const back = app.restart();
  await until(async () => (await readiness(app).catch(() => undefined))?.status === 503);
  expect(await readiness(app)).toEqual({ status: 503, degraded: ["views"] });
  const later = [await device(app, "alice"), await device(app, "bob")] as const;
  await lifecycle(...later, "a.2");
  expect((await readiness(app)).status).toBe(503);
  await held.release();
  await back;
  await until(async () => (await readiness(app)).status === 200);
});

/** Code that a thread runs before its program, on a machine that has no core for it: longer than silence may take. */
const SLOWLY = `
  import { isMainThread } from "node:worker_threads";
  if (!isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_500);
`;

test("views whose thread is loaded slowly are waited for, and not taken for stuck", async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(SLOWLY)}`;
  const app = await server({ NODE_OPTIONS });
  expect(app.log()).not.toContain("the views' thread is stuck");
  expect(await readiness(app)).toEqual({ status: 200, degraded: [] });
});
