// The workloads, what is reported of each, and what is asked of it (docs/benchmarks.md says why).
import { answers } from "./answers.mjs";
import { chat } from "./chat.mjs";
import { flood, historyFlood, watchFlood } from "./flood.mjs";
import { room, roomTicks } from "./group.mjs";
import { roomLog } from "./grouplog.mjs";
import { herd } from "./herd.mjs";
import { idle } from "./idle.mjs";
import { longList, regroup } from "./manygroups.mjs";
import { resume } from "./resume.mjs";
import { atLeast, atMost, deliveries, flooded, held, lifecycles, row } from "./rows.mjs";
import { turns } from "./turns.mjs";

/**
 * @typedef {object} Workload
 * @property {string} title
 * @property {Record<string, string>} [env] settings of its server
 * @property {boolean} [shipped] its server has the limits as they are shipped
 * @property {boolean} [laps] each turn of its server's main thread is timed
 * @property {boolean} [fresh] each round on a server of its own, not only each workload
 * @property {(bench: import("./people.mjs").Bench) => Promise<Record<string, number>>} round
 * @property {import("./rows.mjs").Row[]} rows
 */

const SOCKETS = 10_000;

/** A group takes 100 messages a second unless it was made with another setting: here the server is the bound. */
const ROOM = { GROUP_SENDS_PER_SECOND: "1000000" };

/** @type {Record<string, Workload>} */
export const WORKLOADS = {
  lat: {
    title: "2 users, each 1 in flight to the other",
    round: (bench) => chat(bench, { users: 2, inFlight: 1 }),
    rows: lifecycles({
      perSecond: atLeast(400, 700),
      read: atMost(4.5, 2.5),
      cpu: atMost(undefined, 1.6),
    }),
  },
  paced: {
    title: "100 users in pairs, 100 messages/s in all, evenly spaced",
    round: (bench) => chat(bench, { users: 100, perSecond: 100 }),
    rows: [
      ...lifecycles({ sent: atMost(1.5, 1), read: atMost(6, 3.5), cpu: atMost(4.5, 2) }),
      row("latest departure of a send, ms", ["lateMs"], 1),
    ],
  },
  thr: {
    title: "200 users in pairs, each 5 in flight to the other",
    round: (bench) => chat(bench, { users: 200, inFlight: 5 }),
    rows: lifecycles({ perSecond: atLeast(4000, 7500), cpu: atMost(0.35, 0.2) }),
  },
  synced: {
    title: "thr with SYNC=always: every message is on the disk before its tick",
    env: { SYNC: "always" },
    round: (bench) => chat(bench, { users: 200, inFlight: 5 }),
    rows: [...lifecycles({}), row("× thr of the same run", ["ofThr"], 2, atLeast(0.4, 0.6))],
  },
  resume: {
    title: "a device returns to 1000 messages",
    round: resume,
    rows: [
      row("to the 1000th message p50 / max, ms", ["resumeP50", "resumeMax"], 1, atMost(80, 20)),
      row("to the first message p50, ms", ["firstP50"], 1),
      row("RSS of the server, MiB", ["rssMib"], 0),
    ],
  },
  herd: {
    title: "1000 devices come back at once, each to 100 entries",
    round: herd,
    rows: [
      row("until everybody has caught up, ms", ["caughtUpMs"], 0, atMost(5000, 2500)),
      row("read p99 of a pair meanwhile, ms", ["readP99", "readMax"], 1, atMost(100, 50)),
      row("RSS grown, MiB", ["grownMib"], 0, atMost(100, 50)),
      row("latest departure of a send, ms", ["lateMs"], 1),
    ],
  },
  flood: {
    title: "three users, 30 sockets, history of 100 rows of 16 KiB, 150/s each",
    shipped: true,
    fresh: true,
    round: (bench) => flood(bench, historyFlood),
    rows: flooded(atMost(250, 100), atMost(400, 300)),
  },
  watches: {
    title: "one user, ten sockets, watch of 100 fresh ids and unwatch, 150/s each",
    shipped: true,
    fresh: true,
    round: (bench) => flood(bench, watchFlood),
    rows: flooded(atMost(250, 100), atMost(400, 300)),
  },
  turns: {
    title: "actors with large mailboxes are loaded and written while somebody pings",
    env: { ACTOR_IDLE_MS: "1000" },
    laps: true,
    round: turns,
    rows: [
      ...held("a large mailbox is loaded", "load"),
      ...held("a large mailbox is filled", "fold"),
      ...held("a large snapshot is written", "save"),
      ...held("a large snapshot is loaded", "thaw"),
      ...held("nothing is done", "quiet", false),
      row("nothing is done: p99.9 of own time, ms", ["quietP999"], 1),
      row("until the large mailbox was loaded / filled, ms", ["loadMs", "foldMs"], 0),
    ],
  },
  group16: {
    title: "a group of 200, one sends, 16 in flight",
    env: ROOM,
    round: (bench) => room(bench, { size: 200, inFlight: 16 }),
    rows: deliveries({ perSecond: atLeast(100_000, 180_000), cpu: atMost(0.01, 0.007) }),
  },
  group1: {
    title: "a group of 200, one sends, 1 in flight",
    env: ROOM,
    round: (bench) => room(bench, { size: 200, inFlight: 1 }),
    rows: deliveries({ last: atMost(6, 3.5) }),
  },
  group1024: {
    title: "a group of 1,024, one sends, 1 in flight",
    env: ROOM,
    round: (bench) => room(bench, { size: 1024, inFlight: 1 }),
    rows: deliveries({ last: atMost(25, 14) }),
  },
  group5000: {
    title: "a group of 5,000, the largest that a server can be set up for, one sends, 1 in flight",
    env: { ...ROOM, GROUP_MEMBERS_MAX: "5000" },
    round: (bench) => room(bench, { size: 5000, inFlight: 1, receipts: false }),
    rows: deliveries({}),
  },
  answers: {
    title: "all 1,024 of a group answer at once, for 30 s, and a pair chats meanwhile",
    shipped: true,
    fresh: true,
    round: (bench) => answers(bench, { size: 1024 }),
    rows: [
      row("read p99 of the pair, × calm", ["slower"], 2, atMost(2, 1.5)),
      row(
        "read p99 of the pair in calm / meanwhile / longest, ms",
        ["calmP99", "readP99", "readMax"],
        1,
      ),
      row("RSS grown, MiB", ["grownMib"], 0),
      row("accepted / refused by the group, per second", ["accepted", "refused"], 0),
      row("latest departure of a send, ms", ["lateMs"], 1),
    ],
  },
  groupticks: {
    title: "single messages to a group of 200, from the last device's receipt to the author's tick",
    round: (bench) => roomTicks(bench, { size: 200 }),
    rows: [row("last receipt to tick p50 / max, ms", ["tickP50", "tickMax"], 0, atMost(500, 150))],
  },
  grouplog: {
    title: "single messages of 120 bytes to a group of 200, in the log with all that they cause",
    fresh: true,
    round: (bench) => roomLog(bench, { size: 200 }),
    rows: [
      row("received by all, KiB per message", ["receivedKib"], 2, atMost(6, 4)),
      row("looked at by all, one in 5 s, KiB per message", ["lookedAtKib"], 2, atMost(16, 12)),
    ],
  },
  regroup: {
    title: "500 devices in 50 groups each come back to 5 new messages in 5 of them",
    env: ROOM,
    round: regroup,
    rows: [
      row("CPU of the server per device, ms", ["cpuMs"], 2, atMost(10, 4)),
      row("until everybody has everything, ms", ["caughtUpMs"], 0),
      row("RSS of the server, MiB", ["rssMib"], 0),
    ],
  },
  chats500: {
    title: "somebody in 500 groups asks for the list of chats",
    env: { ...ROOM, QUESTIONS_PER_SECOND: "1000000", QUESTIONS_BURST: "1000000" },
    round: longList,
    rows: [
      row("until the answer p50 / p99, ms", ["askedP50", "askedP99"], 2, atMost(10, 5)),
      row("CPU of the server per question, ms", ["cpuMs"], 2),
      row("RSS of the server, MiB", ["rssMib"], 0),
    ],
  },
  idle: {
    title: `${SOCKETS} authenticated sockets of as many users`,
    fresh: true,
    round: (bench) => idle(bench, SOCKETS),
    rows: [
      row("server RSS / sockets, KiB", ["kibPerSocket"], 1, atMost(20, 12)),
      row("RSS grown by them / sockets, KiB", ["grownKibPerSocket"], 1, atMost(20, 12)),
      row("RSS of the server, MiB", ["rssMib"], 0),
      row("the same before the first socket, MiB", ["baselineMib"], 0),
      row("connects/s", ["connectsPerSecond"], 0),
      row("server cores while idle", ["idleCores"], 3),
    ],
  },
};

/** Sockets of the workloads that have more than some hundred. @type {Record<string, number>} */
const SOCKETS_OF = {
  idle: SOCKETS,
  answers: 1024,
  group1024: 1024,
  group5000: 5000,
  herd: 1000,
  regroup: 505,
};

/** Open files that a workload asks of the server, and of the load: sockets and some to spare. */
export const openFilesFor = (/** @type {string} */ name) => (SOCKETS_OF[name] ?? 500) + 500;
