// The options of `npm run bench --`.
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WORKLOADS } from "./workloads.mjs";

const SCRIPTS = join(fileURLToPath(new URL("..", import.meta.url)), "scripts");
const NAMES = Object.keys(WORKLOADS);
/** The longest name of a workload, and two blanks. */
const NAME_WIDTH = Math.max(...NAMES.map((name) => name.length)) + 2;

export const HELP = `npm run bench -- [workload …] [options]

Starts a server as npm start does, on a port and a data folder of its own, loads it over
WebSockets from this process, and prints one table and one line of JSON. Linux only.

workloads (all, when none is named)
${NAMES.map((name) => `  ${name.padEnd(NAME_WIDTH)}${WORKLOADS[name]?.title}`).join("\n")}

options
  --seconds <n>      length of the measured window (10)
  --warmup <n>       seconds of the same load before each window (3)
  --rounds <n>       rounds per workload; medians are reported (3)
  --entries <n>      entries of the large mailbox of turns (100000)
  --partitions <n>   PARTITIONS of the server (its default)
  --nats-url <url>   NATS_URL of the server: it starts no broker, and the broker's CPU and
                     memory are not in the figures
  --hosts <n>        a cluster with so many gateways and hosts of actors instead, as npm run cluster
                     starts it: three brokers, two replicas of the views
  --profile          write CPU profiles of each measured window to .posthorn/bench/
  --json <file>      write the line of JSON to a file as well
  --start <script>   start another checkout's server instead (scripts/start.mjs)
  --help

examples
  npm run bench -- lat thr --seconds 10
  npm run bench -- thr --rounds 1 --profile
`;

/** @typedef {ReturnType<typeof parseOptions>} Options */

/**
 * @param {string[]} args
 * @throws Error with one sentence when they make no sense.
 */
export function parseOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "10" },
      warmup: { type: "string", default: "3" },
      rounds: { type: "string", default: "3" },
      entries: { type: "string", default: "100000" },
      partitions: { type: "string" },
      "nats-url": { type: "string" },
      hosts: { type: "string" },
      profile: { type: "boolean", default: false },
      json: { type: "string" },
      start: {
        type: "string",
        default: join(SCRIPTS, "start.mjs"),
      },
    },
  });
  const unknown = positionals.find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new Error(`no workload is called ${unknown}: there are ${NAMES.join(", ")}`);
  return {
    names: positionals.length > 0 ? positionals : NAMES,
    seconds: count("seconds", values.seconds, 600),
    warmup: count("warmup", values.warmup, 600),
    rounds: count("rounds", values.rounds, 100),
    entries: count("entries", values.entries, 10_000_000),
    env: {
      ...(values.partitions !== undefined && { PARTITIONS: values.partitions }),
      ...(values["nats-url"] !== undefined && { NATS_URL: values["nats-url"] }),
    },
    profile: values.profile,
    json: values.json,
    ...serverOf(values.start, values.hosts),
  };
}

/** The script that starts the server, and its arguments. @param {string} start @param {string} [hosts] */
function serverOf(start, hosts) {
  if (hosts === undefined) return { start: resolve(start), args: [] };
  const many = String(count("hosts", hosts, 9));
  return { start: join(SCRIPTS, "cluster.mjs"), args: ["--actors", many, "--gateways", many] };
}

/** @param {string} name @param {string} text @param {number} max */
function count(name, text, max) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new Error(`--${name} is a whole number from 1 to ${max}`);
  return value;
}
