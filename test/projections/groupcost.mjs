// The cost of groups in the views: `node test/projections/groupcost.mjs [messages] [batch] [members] [streams]` writes so many messages to a
// group of so many, with a gathered entry of all after every fifth, in transactions of so many entries; then asks for the list of
// chats of a user with 500 groups, as if they lay in so many streams. Prints CPU per message, the size of the file, and the time of a list. Runs the built program.
import { joined } from "../../dist/projections/joined.js";
import { answer } from "../../dist/projections/queries.js";
import { writeReply } from "../../dist/protocol/internal/query.js";
import { costing } from "./costing.mjs";

const [messages = 50_000, batch = 200, members = 200, streams = 1] = process.argv
  .slice(2)
  .map(Number);
const GROUPS = 500;
const ROUNDS = 300;
const BODY = "What people write in a group is as long as what they write to one another. ".padEnd(
  120,
  ".",
);
const views = await costing(batch);
const { table } = views;
let seq = 0;
const put = (
  /** @type {string} */ kind,
  /** @type {string} */ owner,
  /** @type {object} */ event,
) => {
  const stored = 1_795_000_000_000 + ++seq;
  views.put({ kind, owner, seq, at: stored, raw: JSON.stringify(event) });
  return seq;
};
const idOf = (/** @type {number} */ n) => `g-${String(n).padStart(22, "0")}`;
const userOf = (/** @type {number} */ n) => `user-${n}`;
const limits = { members: 1_024, sendsPerSecond: 100 };
const create = (/** @type {string} */ group, /** @type {string[]} */ users) =>
  put("group", group, {
    type: "GroupChanged",
    by: users[0],
    cid: "a.1",
    cause: 1,
    of: seq,
    change: { do: "create", name: `The group ${group}`, members: users, limits },
  });
const say = (/** @type {string} */ group, /** @type {string} */ author, /** @type {number} */ n) =>
  put("group", group, {
    type: "MessageSent",
    author,
    to: group,
    cid: `aB3_x-${author}.${n}`,
    body: BODY,
    cause: seq,
    of: seq,
    sentAt: 1_795_000_000_000,
  });

const everybody = Array.from({ length: members }, (_, n) => userOf(n));
create(idOf(0), everybody);
const before = views.spent();
for (let n = 1; n <= messages; n++) {
  const position = say(idOf(0), userOf(n % members), n);
  if (n % 5 > 0) continue;
  const marks = [[position, everybody]];
  put("tick", idOf(0), { type: "ReceiptsGathered", gateway: "gw", delivered: marks, read: marks });
}
const after = views.spent();
const per = (/** @type {number} */ figure) => (figure / messages).toFixed(1);
process.stdout.write(
  `${per(after.micros - before.micros)} µs and ${per(after.bytes - before.bytes)} bytes per message\n`,
);

for (let n = 1; n <= GROUPS; n++) {
  const from = create(idOf(n), ["alice", "bob"]);
  put("copy", "alice", { type: "GroupJoined", author: idOf(n), cause: from, from });
  for (let i = 0; i < 100; i++) say(idOf(n), i % 9 > 0 ? "bob" : "alice", i + 1);
}
views.spent();
const moment = { now: 0, onlineMs: 1 };
const query = { view: "chats", owner: "alice", device: "phone", limit: 50, atLeast: 0 };
/** One stream is this process's own, whose answers are not written; others answer by text. */
const ask = async (/** @type {string} */ _stream, /** @type {any} */ part) => {
  const said = answer(part, table, moment);
  return streams > 1 || "error" in said ? writeReply(said) : said;
};
/** @type {number[]} */
const times = [];
const idle = process.cpuUsage();
let rows = 0;
for (let n = 0; n < ROUNDS; n++) {
  const begin = performance.now();
  const own = /** @type {any} */ (answer(/** @type {any} */ (query), table, moment));
  const text = await joined(own, /** @type {any} */ (query), {
    streamOf: (group) => `MAILBOX_${Number(group.slice(2)) % streams}`,
    ask,
  });
  times.push(performance.now() - begin);
  rows = JSON.parse(text.slice(text.indexOf("\n"))).chats.length;
}
const { user, system } = process.cpuUsage(idle);
const cpu = ((user + system) / 1_000 / ROUNDS).toFixed(1);
times.sort((a, b) => a - b);
const ms = (/** @type {number} */ part) => times[Math.floor(part * ROUNDS)]?.toFixed(1);
process.stdout.write(
  `${rows} rows of ${GROUPS} groups: p50 ${ms(0.5)} ms, p90 ${ms(0.9)} ms; ${cpu} ms of CPU\n`,
);
await views.end();
