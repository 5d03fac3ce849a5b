// npm run bench:takeover [people] [entries]: how soon actors tell what is sent to 20,000 active people of one partition, behind a kill -9 of their host and while it
// hands over; with entries once more, beside a bot with 5,000 peers whose mailbox has so many. Needs dist/.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { logTo } from "../../dist/log.js";
import { connect } from "../../dist/nats/connection.js";
import { Registration } from "../../dist/nats/kv/registration.js";
import { lastOwner } from "../../dist/nats/owners.js";
import { Publisher } from "../../dist/nats/publish/publisher.js";
import { factSubject, gatewaySubject, sessionSubject } from "../../dist/nats/subjects.js";
import { ensureTopology } from "../../dist/nats/topology.js";
import { tree } from "../../bench/proc.mjs";
import { binary } from "../../scripts/broker/binary.mjs";
import { launch } from "../../scripts/broker/launch.mjs";
import { freePort } from "../../scripts/dev/port.mjs";
import { fill, stir } from "./hugemailbox.mjs";
import { numbers } from "./numbers.mjs";
import { workplace } from "./workplace.mjs";

const MAIN = join(import.meta.dirname, "../../dist/main.js");
/** People, and entries of the huge mailbox; 0: there is none. */
const [PEOPLE = 0, HUGE = 0] = numbers(
  `npm run bench:takeover -- [people (20000)] [entries of a mailbox in the same partition (0: none)]

How soon actors tell what is sent, behind a kill -9 of their host and while it hands over.`,
  [20_000, 0],
);
/** Messages a second while a host hands over, and for how long. */
const [RATE, HAND_MS] = [200, 6_000];
/** Between looks at who runs the stream. */
const WATCH_MS = 50;
/** A snapshot that is due is written within 5 s. */
const SNAPSHOT_MS = 6_000;

const here = workplace("takeover");
const server = await launch(await binary(), {
  dir: here.dir,
  port: await freePort(),
  monitorPort: await freePort(),
});
here.comeLast();
const url = `nats://127.0.0.1:${server.port}`;
const log = logTo("silent");
const link = await connect({ url }, "bench", log);
const topology = await ensureTopology(link.nc, { partitions: 1, replicas: 1 });
const publisher = new Publisher(link, log, topology.destinationAt);
publisher.start();
const registration = new Registration(link, log);
await registration.start();
const gatewayId = registration.id ?? "";

/** @type {Map<string, number>} When each message was sent that was not told yet. */
const waiting = new Map();
/** @type {number[]} ms. */
let delays = [];
link.nc.subscribe(gatewaySubject(gatewayId), {
  callback: (_, msg) => {
    for (const [, body = ""] of msg.string().matchAll(/"body\\*":\\*"(m\d+x\d+)/g)) tell(body);
  },
});

/** @type {Set<string>} Messages that their authors were shown. */
const shown = new Set();
/**
 * Its author is shown a message first, then its addressee: that is the delivery.
 * @param {string} body
 */
function tell(body) {
  const sentAt = waiting.get(body);
  if (sentAt === undefined) return;
  if (!shown.delete(body)) return void shown.add(body);
  waiting.delete(body);
  delays.push(performance.now() - sentAt);
}

let sent = 0;
/** @param {number} i */
function send(i) {
  const [author, to, n] = [`u${i}`, `u${(i + 1) % PEOPLE}`, ++sent];
  const body = `m${i}x${n}`;
  waiting.set(body, performance.now());
  const fact = { type: "MessageSent", author, to, device: "phone", cid: `phone.${n}`, body };
  return publisher.publish(factSubject(author), JSON.stringify(fact), `bench:${body}`);
}

/** @returns {Promise<import("node:child_process").ChildProcess>} */
async function host() {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env["PATH"],
      POSTHORN_ROLES: "actors",
      NATS_URL: url,
      LOG_LEVEL: "silent",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  here.keep(child);
  await once(child.stdout, "data");
  return child;
}

/** The start of the host that runs the stream. */
const owner = async () => (await lastOwner(topology.jsm, 0))?.owner.owner?.incarnation;
const all = async () => {
  while (waiting.size > 0) await pause(5);
};
/** @param {number} part */
const quantile = (part) =>
  Math.round(delays.toSorted((a, b) => a - b)[Math.ceil(delays.length * part) - 1] ?? 0);

const everybody = Array.from({ length: PEOPLE }, (_, i) => i);
const delaysSaid = () =>
  `deliveries p50 ${quantile(0.5)}, p99 ${quantile(0.99)}, max ${quantile(1)} ms`;
let stirred = 0;

/** Has the actor of the huge mailbox loaded, too. */
function stirHuge() {
  if (HUGE === 0) return;
  const { subject, text } = stir(++stirred);
  void publisher.publish(subject, text);
}

/**
 * Lets a second host come, kills the one that runs the stream while everybody sends, and says how the other takes over; what
 * everybody is told then is the first that comes for their actors.
 * @param {import("node:child_process").ChildProcess} first
 * @param {string} beside
 */
async function takeOver(first, beside) {
  const before = await owner();
  const second = await host();
  await pause(5_000);
  const killed = await owner();
  const [runs, waits] = killed === before ? [first, second] : [second, first];
  delays = [];
  /** ms of CPU that the heir and the broker have used. */
  const spent = () =>
    [waits.pid, server.pid].map((pid) =>
      tree(pid ?? 0).reduce((sum, { cpu }) => sum + cpu * 1_000, 0),
    );
  const cpuBefore = spent();
  const killedAt = performance.now();
  runs.kill("SIGKILL");
  stirHuge();
  for (const i of everybody) void send(i);
  /** ms behind the kill at which the heir's claim is stored, and at which the first message is told. */
  let [claimedMs, firstMs] = [0, 0];
  while (waiting.size > 0) {
    if (claimedMs === 0 && (await owner()) !== killed) claimedMs = performance.now() - killedAt;
    await pause(5);
    if (firstMs === 0 && delays.length > 0) firstMs = performance.now() - killedAt;
  }
  const lastMs = performance.now() - killedAt;
  const cpu = spent().map((each, i) => Math.round(each - (cpuBefore[i] ?? 0)));
  const rate = Math.round((PEOPLE / (lastMs - claimedMs)) * 1_000);
  process.stdout.write(
    `kill -9 of a host with ${PEOPLE} active actors${beside}: claimed at ${Math.round(claimedMs)}, first delivery at ${Math.round(firstMs)}, all at ${Math.round(lastMs)} ms, ${rate} activations/s since the claim, ${delaysSaid()}, CPU ${cpu[0]} ms of the heir and ${cpu[1]} ms of the broker\n`,
  );
  return waits;
}

/**
 * Lets another host come, and stops the one that runs the stream while messages go on.
 * @param {import("node:child_process").ChildProcess} first
 * @param {string} beside
 */
async function handOver(first, beside) {
  const before = await owner();
  const second = await host();
  // Until the stream is with the host that is due, which may be the new one.
  await pause(5_000);
  const [leaves, stays] = (await owner()) === before ? [first, second] : [second, first];
  delays = [];
  const startsAt = performance.now();
  const until = startsAt + HAND_MS;
  let gone = false;
  // More than one: the host that is due has got the stream only now, and messages have waited for two hand-overs.
  /** @type {string[]} */
  const claims = [];
  let known = await owner();
  /** @param {string | undefined} now */
  const heard = (now) => {
    if (now === known) return;
    known = now;
    claims.push(`${Math.round(performance.now() - startsAt)} ms`);
  };
  const watch = setInterval(() => {
    owner().then(heard, () => undefined);
  }, WATCH_MS);
  while (performance.now() < until) {
    void send(Math.floor(Math.random() * PEOPLE));
    if (!gone && performance.now() > until - HAND_MS / 2) {
      gone = true;
      leaves.kill("SIGTERM");
      stirHuge();
    }
    await pause(1_000 / RATE);
  }
  await all();
  clearInterval(watch);
  process.stdout.write(
    `SIGTERM of that host at ${RATE} messages/s, behind ${HAND_MS / 2} ms${beside}: ${delaysSaid()}, claimed at ${claims.join(", ")}\n`,
  );
  return stays;
}

let runs = await host();
for (const i of everybody) {
  const opened = { type: "SessionOpened", sessionId: `s${i}`, gatewayId, deviceId: "d" };
  void publisher.publish(sessionSubject(`u${i}`), JSON.stringify(opened));
  void send(i);
  if (i % 1_000 === 0) while (publisher.size > 5_000) await pause(5);
}
await all();
await pause(1_000);
runs = await handOver(await takeOver(runs, ""), "");
if (HUGE > 0) {
  const began = performance.now();
  await fill(link, HUGE);
  // Its actor has folded them all when it tells somebody of a message behind them, and has a snapshot soon.
  void send(0);
  await all();
  await pause(SNAPSHOT_MS);
  const beside = ` and a mailbox of ${HUGE} entries`;
  process.stdout.write(
    `mailbox filled and folded in ${Math.round((performance.now() - began) / 1_000)} s\n`,
  );
  runs = await handOver(await takeOver(runs, beside), beside);
}
process.stdout.write(
  `load average ${loadavg()
    .map((each) => each.toFixed(1))
    .join(" ")}\n`,
);

runs.kill("SIGKILL");
await registration.stop();
await publisher.stop(0);
await link.nc.close();
await server.stop();
