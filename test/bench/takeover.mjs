// npm run bench:takeover: how soon actors tell what is sent to 20,000 active people of one partition, behind a kill -9 of their host and while it hands over. Needs dist/.
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
import { workplace } from "./workplace.mjs";

const MAIN = join(import.meta.dirname, "../../dist/main.js");
const PEOPLE = Number(process.argv[2] ?? 20_000);
/** Messages a second while a host hands over, and for how long. */
const [RATE, HAND_MS] = [200, 6_000];

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

/** @param {number} i @param {number} n */
function send(i, n) {
  const [author, to] = [`u${i}`, `u${(i + 1) % PEOPLE}`];
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
const first = await host();
for (const i of everybody) {
  const opened = { type: "SessionOpened", sessionId: `s${i}`, gatewayId, deviceId: "d" };
  void publisher.publish(sessionSubject(`u${i}`), JSON.stringify(opened));
  void send(i, 1);
  if (i % 1_000 === 0) while (publisher.size > 5_000) await pause(5);
}
await all();
await pause(1_000);
const before = await owner();
let second = await host();
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
for (const i of everybody) void send(i, 2);
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
  `kill -9 of a host with ${PEOPLE} active actors: claimed at ${Math.round(claimedMs)}, first delivery at ${Math.round(firstMs)}, all at ${Math.round(lastMs)} ms, ${rate} activations/s since the claim, CPU ${cpu[0]} ms of the heir and ${cpu[1]} ms of the broker\n`,
);

const heirOf = await owner();
second = await host();
// Until the stream is with the host that is due, which may be the new one.
await pause(5_000);
const leaves = (await owner()) === heirOf ? waits : second;
delays = [];
const until = performance.now() + HAND_MS;
let [n, gone] = [0, false];
while (performance.now() < until) {
  void send(Math.floor(Math.random() * PEOPLE), 3 + n++);
  if (!gone && performance.now() > until - HAND_MS / 2) {
    gone = true;
    leaves.kill("SIGTERM");
  }
  await pause(1_000 / RATE);
}
await all();
process.stdout.write(
  `SIGTERM of that host at ${RATE} messages/s: deliveries p50 ${quantile(0.5)}, p99 ${quantile(0.99)}, max ${quantile(1)} ms\n`,
);
process.stdout.write(
  `load average ${loadavg()
    .map((each) => each.toFixed(1))
    .join(" ")}\n`,
);

for (const child of [first, second, runs, waits]) child.kill("SIGKILL");
await registration.stop();
await publisher.stop(0);
await link.nc.close();
await server.stop();
