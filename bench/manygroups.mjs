// People in many groups: what it costs that all of them come back, and that one asks for the list.
import { setTimeout as sleep } from "node:timers/promises";
import { Device } from "./device.mjs";
import { arrive, each, leave, tokenFor, viewsCaughtUp } from "./people.mjs";
import { cpuBetween } from "./proc.mjs";
import { BODY, IN_FLIGHT_MAX } from "./speaker.mjs";
import { latencies } from "./tally.mjs";

/** Bound for everything that has to come about. */
const DONE_MS = 120_000;
/** Devices that come back, in clubs of so many, each of which has all its members in so many groups. */
const DEVICES = 500;
const CLUB = 100;
const GROUPS_OF_EACH = 50;
/** Groups of each club with news, and messages in each of them. */
const BUSY = 5;
const NEWS = 5;
/** Until receipts of groups of this size have been gathered and stored. */
const SETTLED_MS = 2000;
/** A server lets so few strangers of one address in that these come from many, as they would. */
const PER_ADDRESS = 50;

/** @typedef {import("./device.mjs").GroupCursor} GroupCursor */

/**
 * One round: everybody of some clubs was away, and comes back to news in some of the clubs' groups.
 * @param {import("./people.mjs").Bench} bench
 * @returns {Promise<Record<string, number>>}
 */
export async function regroup(bench) {
  const { name, server } = bench;
  const people = await each(
    Array.from({ length: DEVICES }, (_, i) => ({ user: `${name}-${i}`, i })),
    async ({ user, i }) => ({ user, i, token: await tokenFor(server.url, user) }),
  );
  const authors = await authorsOf(bench, DEVICES / CLUB);
  const groups = await each(authors, (author) => {
    const club = authors.indexOf(author);
    const members = people.slice(club * CLUB, (club + 1) * CLUB).map(({ user }) => user);
    return groupsOf(bench, author, GROUPS_OF_EACH, members);
  });
  const before = await each(people, (one) => wentAway(bench, one));
  for (const [club, author] of authors.entries())
    await written(bench, author, groups[club]?.slice(0, BUSY) ?? [], NEWS);

  await viewsCaughtUp(authors);
  await sleep(SETTLED_MS, undefined, { signal: bench.signal });
  const idle = server.processes();
  server.toggleProfile();
  const startedAt = performance.now();
  const devices = await each(people, (one) => cameBack(bench, one, before[one.i]));
  const caughtUpMs = performance.now() - startedAt;
  await sleep(SETTLED_MS, undefined, { signal: bench.signal });
  await viewsCaughtUp(devices.slice(-1));
  const after = server.processes();
  server.toggleProfile();
  await leave(bench, [...devices, ...authors]);
  return {
    cpuMs: (1000 * cpuBetween(idle, after)) / DEVICES,
    caughtUpMs,
    rssMib: server.residentKib() / 1024,
  };
}

/** @typedef {{ user: string, token: string, i: number }} Person */

/**
 * A device that has seen all, and is away. Resolves with its cursors.
 * @param {import("./people.mjs").Bench} bench
 * @param {Person} person
 */
async function wentAway(bench, person) {
  const device = await connected(bench, person, {});
  await until(() => device.groups.length === GROUPS_OF_EACH, `${person.user} follows its groups`);
  const cursors = { since: device.cursor, groups: device.groups };
  await leave(bench, [device]);
  return cursors;
}

/**
 * Resolves when the device has all that is new, and has told so.
 * @param {import("./people.mjs").Bench} bench
 * @param {Person} person
 * @param {{ since: import("./device.mjs").Cursor, groups: GroupCursor[] } | undefined} cursors
 */
async function cameBack(bench, person, cursors) {
  let news = 0;
  /** @type {Map<string, number>} */
  const heads = new Map();
  const device = await connected(bench, person, cursors ?? {}, ({ mailbox, seq, event }) => {
    if (event.type !== "MessageSent") return;
    news += 1;
    heads.set(mailbox, seq);
  });
  await until(() => news === BUSY * NEWS, `${person.user} has what is new`);
  for (const [peer, upTo] of heads) device.write(JSON.stringify({ t: "delivered", peer, upTo }));
  return device;
}

/**
 * @param {import("./people.mjs").Bench} bench
 * @param {Person} person
 * @param {{ since?: import("./device.mjs").Cursor, groups?: GroupCursor[] }} cursors
 * @param {import("./device.mjs").Listener["event"]} [event]
 */
async function connected(bench, { user, token, i }, cursors, event = () => {}) {
  const from = `127.3.0.${1 + Math.floor(i / PER_ADDRESS)}`;
  const device = new Device(user, bench.server.url, bench.fail, from);
  bench.devices.add(device);
  device.listener.event = event;
  await device.opened();
  await device.hello({ token, deviceId: "bench", ...cursors });
  return device;
}

const ASKER_GROUPS = 500;
/** More would be too many changes of one author in a minute. */
const GROUPS_OF_AUTHOR = 50;
const SAID = 3;
const ASKED = 300;
/** As many rows as a client asks for. */
const ROWS = 50;

/**
 * One round: somebody in as many groups as one may be in asks for the list of chats, again and again.
 * @param {import("./people.mjs").Bench} bench
 * @returns {Promise<Record<string, number>>}
 */
export async function longList(bench) {
  const { name, server } = bench;
  const asker = await arrive(bench, `${name}-asker`);
  const authors = await authorsOf(bench, ASKER_GROUPS / GROUPS_OF_AUTHOR);
  await each(authors, async (author) => {
    const groups = await groupsOf(bench, author, GROUPS_OF_AUTHOR, [asker.user]);
    await written(bench, author, groups, SAID);
  });
  await until(() => asker.groups.length === ASKER_GROUPS, "the asker follows all");
  await viewsCaughtUp([asker, ...authors]);
  await sleep(SETTLED_MS, undefined, { signal: bench.signal });

  const asked = latencies();
  const before = server.processes();
  server.toggleProfile();
  for (let n = 0; n < ASKED; n++) {
    const startedAt = performance.now();
    const answer = await asker.ask({ t: "chats", limit: ROWS });
    asked.record(performance.now() - startedAt);
    const { chats = [] } = /** @type {{ result?: { chats?: object[] } }} */ (answer).result ?? {};
    if (chats.length !== ROWS || chats.some((row) => !("last" in row)))
      throw new Error(`not the list: ${JSON.stringify(answer).slice(0, 500)}`);
  }
  const after = server.processes();
  server.toggleProfile();
  await leave(bench, [asker, ...authors]);
  return {
    askedP50: asked.at(50),
    askedP99: asked.at(99),
    cpuMs: (1000 * cpuBetween(before, after)) / ASKED,
    rssMib: server.residentKib() / 1024,
  };
}

/**
 * People who make the groups and write to them.
 * @param {import("./people.mjs").Bench} bench
 * @param {number} count
 */
const authorsOf = (bench, count) =>
  each(
    Array.from({ length: count }, (_, i) => `${bench.name}-author${i}`),
    (user) => arrive(bench, user),
  );

/**
 * Makes groups, each with its author and these members; resolves with their ids when all are made.
 * @param {import("./people.mjs").Bench} bench
 * @param {Device} author
 * @param {number} count
 * @param {string[]} members
 * @returns {Promise<string[]>}
 */
async function groupsOf({ name }, author, count, members) {
  let made = 0;
  author.listener.event = ({ event }) => {
    if (event.type === "GroupChanged") made += 1;
  };
  const groups = [];
  for (let n = 1; n <= count; n++) {
    const ask = { do: "create", name: `The group ${n}`, members };
    const answer = await author.ask({ t: "ask", cid: `${name}g.${n}`, ask });
    if (answer.t !== "asked") throw new Error(`no group: ${JSON.stringify(answer)}`);
    groups.push(answer.group);
  }
  await until(() => made === count, `all groups of ${author.user} are made`);
  return groups;
}

/**
 * Writes so many messages to each group; resolves when all are accepted.
 * @param {import("./people.mjs").Bench} bench
 * @param {Device} author
 * @param {string[]} groups
 * @param {number} count
 */
async function written({ name }, author, groups, count) {
  const due = groups.length * count;
  let came = 0;
  let n = 0;
  const send = () => {
    const to = groups[n % groups.length];
    n += 1;
    author.write(JSON.stringify({ t: "send", cid: `${name}m.${n}`, to, body: BODY }));
  };
  author.listener.sent = () => n < due && send();
  author.listener.event = ({ event }) => {
    if (event.type === "MessageSent" && "of" in event) came += 1;
  };
  for (let i = 0; i < IN_FLIGHT_MAX && n < due; i++) send();
  await until(() => came === due, `all messages of ${author.user} are accepted`);
}

/**
 * @param {() => boolean} isSo
 * @param {string} what
 */
async function until(isSo, what) {
  const deadline = performance.now() + DONE_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not within ${DONE_MS / 1000} s: ${what}`);
    await sleep(5);
  }
}
