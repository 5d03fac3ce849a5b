import { WebSocket } from "ws";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../scripts/dev/port.mjs";
import { connect } from "../../src/nats/connection.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { startApp, type App } from "../support/app.ts";
import { startBroker } from "../support/broker.ts";
import { device, dial } from "../support/device.ts";
import { folder } from "../support/folder.ts";
import { program } from "../support/program.ts";
import { silent } from "../support/silent.ts";

type Line = { level: number; msg: string; [field: string]: unknown };

/** The lines of the process so far. */
const linesOf = (app: App): Line[] =>
  app
    .log()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
const said = (app: App, msg: string): Line[] => linesOf(app).filter((line) => line.msg === msg);

/** The HTTP status with which a handshake is refused. */
const refusal = (app: App, origin: string): Promise<number> =>
  new Promise((resolve) => {
    const ws = new WebSocket(app.wsUrl, { origin });
    ws.on("error", () => undefined);
    ws.once("unexpected-response", (_request, { statusCode = 0 }) => resolve(statusCode));
  });

test("[O9] a process tells its life at level info: start, sessions, refusals, drain, end", async () => {
  const app = await startApp();
  try {
    await expect.poll(() => said(app, "ready")).toMatchObject([{ url: app.url }]);
    expect(said(app, "starting")).toMatchObject([
      { level: 30, pid: app.pid, version: expect.stringMatching(/^\d+\./), auth: "dev" },
    ]);

    const alice = await device(app, "alice");
    expect(await refusal(app, "https://evil.example")).toBe(403);
    const stranger = await dial(app);
    const token = `${(await app.token("mallory")).slice(0, -8)}AAAAAAAA`;
    stranger.say({ t: "hello", token, deviceId: "laptop" });
    expect(await stranger.closed).toBe(4402);
    await alice.close();
    await expect.poll(() => said(app, "session closed")).toHaveLength(1);

    const [opened] = said(app, "session opened");
    const session = opened?.["session"];
    const who = { user: "alice", session, address: "127.0.0.1" };
    expect(opened).toMatchObject({ level: 30, part: "gateway", ...who });
    expect(said(app, "session closed")).toMatchObject([{ ...who, code: "left" }]);
    expect(said(app, "session refused")).toMatchObject([
      { address: "127.0.0.1", code: "origin.refused", status: 403 },
      { address: "127.0.0.1", code: "auth.invalid_token", close: 4402, device: "laptop" },
    ]);
    expect(app.log()).not.toContain(token);

    const bob = await device(app, "bob");
    expect(await app.terminate()).toBe(0);
    expect(await bob.closed).toBe(4400);
    expect(said(app, "session closed").at(-1)).toMatchObject({ user: "bob", code: "drained" });
    const order = ["starting", "ready", "stopping", "draining", "session closed", "stopped"];
    const at = order.map((msg) => linesOf(app).findLastIndex((line) => line.msg === msg));
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    // Nobody else is there to whom clients could move.
    expect(said(app, "draining")).toMatchObject([{ sockets: 1, moves: false }]);
    expect(bob.frames.map(({ t }) => t)).not.toContain("goaway");
  } finally {
    await app.stop();
  }
});

test("[A10] within a process nothing that is routed crosses the broker", async () => {
  const app = await startApp();
  onTestFinished(() => app.stop());
  const { nc } = await connect({ url: app.broker.url }, "spec", silent);
  onTestFinished(() => nc.close());
  const crossed: string[] = [];
  nc.subscribe("gateway.>", { callback: (_error, { subject }) => void crossed.push(subject) });
  nc.subscribe("fact.>", { callback: (_error, { subject }) => void crossed.push(subject) });
  await nc.flush();
  const [alice, bob] = [await device(app, "alice"), await device(app, "bob")];
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "hello" });
  const { event } = await bob.until((frame) => frame["event"]?.cid === "a.1");
  bob.say({ t: "read", peer: "alice", upTo: event.position });
  await alice.until((frame) => frame["event"]?.author === "bob");
  await nc.flush();
  const facts = ["alice", "bob"].map((user) => factSubject(user));
  expect(new Set(crossed)).toEqual(new Set(facts));
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "a process that gets %s while it starts, here beside a broker that stands still, ends with 0",
  async (signal) => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    process.kill(broker.pid, "SIGSTOP");
    onTestFinished(() => void process.kill(broker.pid, "SIGCONT"));
    const admin = await freePort();
    const env = { NATS_URL: broker.url, DATA_DIR: folder(), PORT: "0", ADMIN_PORT: `${admin}` };
    const own = program(env);
    const started = own.start().catch(() => undefined);
    const isThere = () =>
      fetch(`http://127.0.0.1:${admin}/livez`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(isThere).toBe(true);
    expect(await own.ended(signal)).toBe(0);
    await started;
  },
);
