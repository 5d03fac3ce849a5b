// npm run bench:outage: how long people wait for messages when a process of a cluster is killed, stands still or is replaced (docs/benchmarks.md).
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openDoors } from "./outage/doors.mjs";
import { startCluster } from "./outage/cluster.mjs";
import { faultIn, inflict } from "./outage/faults.mjs";
import { client, Pair, userOf } from "./outage/pair.mjs";
import { each } from "../../bench/people.mjs";
import { latencies } from "../../bench/tally.mjs";

const HELP = `npm run bench:outage -- [fault …] [options]

Starts npm run cluster in a folder of its own, lets pairs of people chat by the client of the package, half of them at each gateway, and hurts
a process meanwhile, once for each fault. Prints how long it took until each pair was shown a message that was sent behind it, how long
messages took that were sent from then on, how often somebody was not online, errors that people were told, and what ended sockets that had to
be replaced: of all, and of the others, who were not at gateway-1.

faults
  pause:leader:20             SIGSTOP of the broker that leads the most streams, and on after 20 s, no sooner than others lead
  kill:leader                 SIGKILL of it
  kill:gateway-1              of a process by its name
  kill:broker-of-gateway-1    of the broker that a process is connected to
  pause:gateway-1:20          SIGSTOP of a gateway: the balancer cuts its sockets
  drain:gateway-1             SIGTERM: it is replaced. Any process, by its name: drain:actors-1, drain:projections-1, drain:nats-1

options
  --sockets <n>   people, in pairs (32)
  --rate <n>      messages a second, of all together (64)
  --quiet <n>     seconds that are watched behind the fault (15)
  --help
`;
const PARTITIONS = 16;
const GATEWAYS = ["gateway-1", "gateway-2"];
/** Messages of so long a time are held against those of the time before … */
const STRETCH_MS = 5_000;
/** … and while they are shown so much sooner, those who have come are still being taken in. */
const SOONER = 0.8;
const SETTLE_MAX_MS = 120_000;
/** A message that is not shown by then is said to be lost. */
const SHOWN_MS = 60_000;

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** @typedef {import("./outage/cluster.mjs").Cluster} Cluster */

/**
 * Pairs of people over all partitions, each pair at one gateway.
 * @param {Cluster} cluster @param {string[]} urls of the gateways @param {string} tag @param {number} sockets
 */
function arrive(cluster, urls, tag, sockets) {
  return each([...Array(Math.ceil(sockets / 2)).keys()], async (i) => {
    const k = (i >> 1) % PARTITIONS;
    const join = (/** @type {string} */ name, /** @type {number} */ at) =>
      client(cluster.url, userOf(`${tag}${name}${i}`, at % PARTITIONS), urls[i % urls.length]);
    const [author, reader] = await Promise.all([join("a", k), join("b", k + 7)]);
    return new Pair(author, reader);
  });
}

/** Everybody writes in turn, until told to stop. @param {Pair[]} pairs @param {number} rate */
function talk(pairs, rate) {
  const startsAt = performance.now();
  let n = 0;
  const timer = setInterval(() => {
    for (; n < ((performance.now() - startsAt) / 1_000) * rate; n++)
      pairs[n % pairs.length]?.write();
  }, 5);
  return () => clearInterval(timer);
}

/** @param {Pair[]} pairs @param {number} at */
function waits(pairs, at) {
  const told = latencies();
  const later = pairs.map(({ messages }) => messages.filter(({ sentAt }) => sentAt >= at));
  for (const { sentAt, shownAt } of later.flat()) told.record(Math.min(shownAt - sentAt, 100_000));
  const firsts = later
    .map((messages) => Math.min(...messages.map(({ shownAt }) => shownAt)) - at)
    .toSorted((a, b) => a - b);
  return { told, firsts };
}

/**
 * Waits until those who have come are taken in: their sessions are stored, and their actors loaded.
 * @param {Pair[]} pairs
 * @returns what messages of the last stretch took
 */
async function settled(pairs) {
  let median = Infinity;
  for (const until = Date.now() + SETTLE_MAX_MS; ;) {
    const from = performance.now();
    await sleep(STRETCH_MS);
    const calm = latencies();
    for (const { sentAt, shownAt } of pairs.flatMap(({ messages }) => messages))
      // Those that are under way will be shown behind the fault.
      if (sentAt >= from && shownAt !== Infinity) calm.record(shownAt - sentAt);
    if (calm.at(50) > median * SOONER || Date.now() > until) return calm;
    median = calm.count() > 0 ? calm.at(50) : Infinity;
  }
}

/** @param {Pair[]} pairs @param {"parted" | "errors"} what */
const sum = (pairs, what) => pairs.reduce((all, pair) => all + pair[what], 0);

/** Reasons for which their sockets ended, and how often: `, closed 1006 × 12`. @param {Pair[]} pairs */
function endsOf(pairs) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const reason of pairs.flatMap(({ reasons }) => reasons))
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `, ${reason} × ${count}`).join("");
}

/** @param {Cluster} cluster @param {import("./outage/faults.mjs").Fault} fault @param {{ urls: string[], tag: string, sockets: number, rate: number, quiet: number }} how */
async function round(cluster, fault, { urls, tag, sockets, rate, quiet }) {
  const pairs = await arrive(cluster, urls, tag, sockets);
  const hush = talk(pairs, rate);
  const calm = await settled(pairs);
  const { at, ledMs } = await inflict(cluster, fault);
  await sleep(quiet * 1_000);
  hush();
  const open = () => pairs.reduce((sum, pair) => sum + pair.open, 0);
  for (const until = Date.now() + SHOWN_MS; open() > 0 && Date.now() < until;) await sleep(50);
  const elsewhere = pairs.filter((_, i) => i % GATEWAYS.length > 0);
  const all = waits(pairs, at);
  const others = waits(elsewhere, at).told;
  const s = (/** @type {number | undefined} */ ms = NaN) => (ms / 1_000).toFixed(1);
  const { firsts, told } = all;
  say(
    `${fault.text}: first shown behind it, median ${s(firsts[firsts.length >> 1])}, last ${s(firsts.at(-1))} s` +
      (ledMs > 0 ? `; others led all streams after ${s(ledMs)} s` : ""),
  );
  for (const [name, some] of Object.entries({
    before: calm,
    "behind it, all": told,
    "the others": others,
  }))
    say(
      `  ${name}: ${some.count()} messages, p50 ${some.at(50).toFixed(0)}, p99 ${some.at(99).toFixed(0)}, longest ${some.at(100).toFixed(0)} ms`,
    );
  for (const [name, some] of Object.entries({ all: pairs, "the others": elsewhere }))
    say(
      `  ${name}: ${sum(some, "parted")} times not online, ${sum(some, "errors")} errors${endsOf(some)}`,
    );
  say(
    `  not shown: ${open()}; load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}`,
  );
  await Promise.all(pairs.map((pair) => pair.close()));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sockets: { type: "string", default: "32" },
    rate: { type: "string", default: "64" },
    quiet: { type: "string", default: "15" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help || positionals.length === 0) say(HELP.trimEnd());
else {
  const faults = positionals.map(faultIn);
  const numbers = {
    sockets: Number(values.sockets),
    rate: Number(values.rate),
    quiet: Number(values.quiet),
  };
  for (const [name, value] of Object.entries(numbers))
    if (!(Number.isInteger(value) && value > 0))
      throw new Error(`--${name} is a whole number from 1`);
  // All come from one address.
  const cluster = await startCluster([], {
    CONNECTIONS_PER_ADDRESS: "100000",
    GREETING_PER_ADDRESS: "1000",
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.once(signal, () => void cluster.stop().then(() => process.exit(130)));
  const doors = await openDoors(cluster, GATEWAYS);
  try {
    for (const [i, fault] of faults.entries())
      await round(cluster, fault, { urls: doors.urls, tag: `r${i}`, ...numbers });
  } finally {
    doors.close();
    await cluster.stop();
  }
}
process.exit();
