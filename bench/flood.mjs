// Users who ask for more than anybody needs, and bystanders who notice or do not. The server has the
// limits that it is shipped with.
import { setTimeout as sleep } from "node:timers/promises";
import { bystanders } from "./chat.mjs";
import { Flooder } from "./flooder.mjs";
import { arrive, each, leave, tokenFor } from "./people.mjs";
import { speaker } from "./speaker.mjs";
import { newTally } from "./tally.mjs";
import { topMib } from "./top.mjs";

/** Frames per second of each socket. */
const PER_SECOND = 150;
const SOCKETS_PER_USER = 10;
const ROWS = 100;
const ROW_CHARS = 16_384;
/** Below the rate at which a user may send. */
const ROW_EVERY_MS = 60;
const BYSTANDERS = 4;
const MESSAGES_PER_SECOND = 40;
const WATCHED = 100;

/**
 * @typedef {{ user: string, frame: () => string }} Attack of one user
 * @typedef {(bench: import("./people.mjs").Bench) => Promise<Attack[]>} Plan
 */

/**
 * One round: bystanders chat, and others flood.
 * @param {import("./people.mjs").Bench} bench
 * @param {Plan} plan
 * @returns {Promise<Record<string, number>>}
 */
export async function flood(bench, plan) {
  const { server } = bench;
  const attacks = await plan(bench);
  const names = Array.from({ length: BYSTANDERS }, (_, i) => `${bench.name}-by-${i}`);
  const devices = await each(names, (name) => arrive(bench, name));
  const speakers = devices.map((device, i) => speaker(device, names[i ^ 1] ?? "", newTally()));
  await sleep(bench.warmup * 1000, undefined, { signal: bench.signal });

  const flooders = await unleash(server.url, attacks);
  const top = topMib(server);
  server.toggleProfile();
  const stop = bystanders(bench, speakers, MESSAGES_PER_SECOND);
  try {
    await sleep(bench.seconds * 1000, undefined, { signal: bench.signal });
    const tally = await stop();
    return {
      readP99: tally.read.at(99),
      readMax: tally.read.at(100),
      sentP99: tally.sent.at(99),
      topMib: top(),
      ...tolls(flooders, bench.seconds),
    };
  } finally {
    server.toggleProfile();
    top();
    for (const one of flooders) one.stop();
    await leave(bench, devices);
  }
}

/**
 * Three users, each asking for the longest page there is.
 * @type {Plan}
 */
export const historyFlood = (bench) =>
  each([1, 2, 3], async (i) => {
    const [user, author] = [`${bench.name}-flooder-${i}`, `${bench.name}-author-${i}`];
    await stuff(bench, author, user);
    const frame = JSON.stringify({ t: "history", peer: author, limit: ROWS, ref: "r" });
    return { user, frame: () => frame };
  });

/**
 * One user, watching a hundred people whom nobody has watched, and then no longer.
 * @type {Plan}
 */
export const watchFlood = async (bench) => {
  let asked = 0;
  /** @type {string[]} */
  let users = [];
  const frame = () => {
    asked += 1;
    if (asked % 2 === 0) return JSON.stringify({ t: "unwatch", users });
    users = Array.from({ length: WATCHED }, (_, i) => `watched-${asked}-${i}`);
    return JSON.stringify({ t: "watch", users });
  };
  return [{ user: `${bench.name}-flooder`, frame }];
};

/**
 * @param {string} url
 * @param {Attack[]} attacks
 */
async function unleash(url, attacks) {
  const sockets = attacks.flatMap((attack) =>
    Array.from({ length: SOCKETS_PER_USER }, () => attack),
  );
  return each(sockets, async ({ user, frame }) => {
    const token = await tokenFor(url, user);
    return new Flooder({ url, token, deviceId: "bench", perSecond: PER_SECOND, frame });
  });
}

/**
 * A conversation of the longest messages, at a rate that the server allows.
 * @param {import("./people.mjs").Bench} bench
 * @param {string} author
 * @param {string} reader
 */
async function stuff(bench, author, reader) {
  const device = await arrive(bench, author);
  const body = "x".repeat(ROW_CHARS);
  let stored = 0;
  device.listener.sent = () => {
    stored += 1;
  };
  for (let n = 1; n <= ROWS; n++) {
    device.write(JSON.stringify({ t: "send", cid: `${author}.${n}`, to: reader, body }));
    await sleep(ROW_EVERY_MS, undefined, { signal: bench.signal });
  }
  while (stored < ROWS) await sleep(ROW_EVERY_MS, undefined, { signal: bench.signal });
  await leave(bench, [device]);
}

/**
 * @param {Flooder[]} flooders
 * @param {number} seconds
 */
function tolls(flooders, seconds) {
  const sum = (/** @type {keyof import("./flooder.mjs").Tolls} */ key) =>
    flooders.reduce((all, one) => all + one.tolls[key], 0);
  return {
    answers: sum("answers") / seconds,
    refusals: sum("refusals") / seconds,
    closed: sum("closed"),
  };
}
