// npm run bench:newreplica [entries]: how soon a new process with projections has the views of 1,000,000 entries, from the log and from a peer. Needs dist/.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { logTo } from "../../dist/log.js";
import { connect } from "../../dist/nats/connection.js";
import { copySubject, factSubject } from "../../dist/nats/subjects.js";
import { ensureTopology } from "../../dist/nats/topology.js";
import { tree } from "../../bench/proc.mjs";
import { binary } from "../../scripts/broker/binary.mjs";
import { launch } from "../../scripts/broker/launch.mjs";
import { freePort } from "../../scripts/dev/port.mjs";
import { numbers } from "./numbers.mjs";
import { workplace } from "./workplace.mjs";

const MAIN = join(import.meta.dirname, "../../dist/main.js");
const [ENTRIES = 0] = numbers(
  `npm run bench:newreplica -- [entries (1000000)]

How soon a new process with projections has their views, from the log and from a peer.`,
  [1_000_000],
);
/** Each message is four entries: two of it, two of its being read. */
const MESSAGES = Math.ceil(ENTRIES / 4);
const USERS = 10_000;
const BODY = "The quick brown fox jumps over the lazy dog, and so do people. ".padEnd(120, ".");
/** Entries under way to the broker. */
const WINDOW = 4_000;

const here = workplace("newreplica");
const { dir } = here;
const server = await launch(await binary(), {
  dir: join(dir, "nats"),
  port: await freePort(),
  monitorPort: await freePort(),
});
here.comeLast();
const url = `nats://127.0.0.1:${server.port}`;
const link = await connect({ url }, "bench", logTo("silent"));
const { jsm } = await ensureTopology(link.nc, { partitions: 1, replicas: 1 });

const { state } = await jsm.streams.info("MAILBOX_0");
let stored = 0;
const inbox = link.inbox();
link.nc.subscribe(inbox, { callback: () => void stored++ });
let said = 0;
/** @param {string} subject @param {object} event */
function store(subject, event) {
  said++;
  link.nc.publish(subject, JSON.stringify(event), { reply: inbox });
}

/** Stores the entries of a message, and of its being read. @param {number} n */
function lifecycle(n) {
  const [author, to] = [`user-${n % USERS}`, `user-${(n + 1 + (n % 7)) % USERS}`];
  const position = state.last_seq + 4 * n + 1;
  const message = { type: "MessageSent", author, to, cid: `phone-${n % USERS}.${n}`, body: BODY };
  const read = { type: "MessageRead", author: to, peer: author, upTo: position };
  const copied = { cause: position, position, sentAt: 1_795_000_000_000 + n };
  store(factSubject(author), { ...message, device: "phone" });
  store(copySubject(to), { ...message, ...copied });
  store(factSubject(to), { ...read, device: "phone" });
  store(copySubject(author), { ...read, cause: position + 2 });
}

/** @param {number} pid CPU, s */
const spent = (pid) => tree(pid).reduce((sum, { cpu }) => sum + cpu, 0);

/** Starts a process until it is ready, and says what that took. @param {string} from */
async function replica(from) {
  const DATA_DIR = join(dir, from.replaceAll(" ", "-"));
  const began = performance.now();
  const before = spent(server.pid);
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env["PATH"],
      POSTHORN_ROLES: "projections",
      NATS_URL: url,
      DATA_DIR,
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  here.keep(child);
  const over = once(child, "exit").then(([code]) => {
    throw new Error(`the process from ${from} ended with ${code}`);
  });
  await Promise.race([once(child.stdout, "data"), over]);
  const [s, own] = [(performance.now() - began) / 1_000, spent(child.pid ?? 0)];
  const { size } = statSync(join(DATA_DIR, "views/MAILBOX_0/data.mdb"));
  const figures = `${s.toFixed(1)} s, CPU ${own.toFixed(1)} s of the process and ${(spent(server.pid) - before).toFixed(1)} s of the broker`;
  process.stdout.write(
    `views of ${said} entries from ${from}: ${figures}; ${Math.round(size / 2 ** 20)} MiB\n`,
  );
  return child;
}

for (let n = 0; n < MESSAGES; n++) {
  lifecycle(n);
  while (said - stored > WINDOW) await pause(1);
}
while (stored < said) await pause(5);
const first = await replica("the log");
// It says that it is current a second later at most.
await pause(1_500);
const second = await replica("a peer");
process.stdout.write(
  `load average ${loadavg()
    .map((each) => each.toFixed(1))
    .join(" ")}\n`,
);
for (const child of [first, second]) child.kill("SIGKILL");
await link.nc.close();
await server.stop();
