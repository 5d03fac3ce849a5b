// Users who ask for more than anybody needs, and bystanders who notice or do not. The server has the
// limits that it is shipped with. The flooders live in a thread of their own: their answers are megabytes.
import { setTimeout as sleep } from "node:timers/promises";
import { bystanders, inPairs } from "./chat.mjs";
import { arrive, each, leave } from "./people.mjs";
import { thread } from "./thread.mjs";
import { topMib } from "./top.mjs";

const ROWS = 100;
const ROW_CHARS = 16_384;
/** Below the rate at which a user may send. */
const ROW_EVERY_MS = 60;
const BYSTANDERS = 4;
const MESSAGES_PER_SECOND = 40;

/**
 * @typedef {import("./flooders.mjs").Attack} Attack
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
  const { devices, speakers } = await inPairs(bench, names);
  await sleep(bench.warmup * 1000, undefined, { signal: bench.signal });

  const flooders = thread(bench, "./flooders.mjs", { url: server.url, attacks });
  await flooders.ask("flood");
  const top = topMib(server);
  server.toggleProfile();
  const stop = bystanders(bench, speakers, MESSAGES_PER_SECOND);
  try {
    await sleep(bench.seconds * 1000, undefined, { signal: bench.signal });
    const { answers, refusals, closed } = await flooders.ask("tolls");
    const tally = await stop();
    return {
      readP99: tally.read.at(99),
      readMax: tally.read.at(100),
      sentP99: tally.sent.at(99),
      lateMs: tally.lateMs,
      topMib: top(),
      answers: answers / bench.seconds,
      refusals: refusals / bench.seconds,
      closed,
    };
  } finally {
    server.toggleProfile();
    top();
    await flooders.end();
    await leave(bench, devices);
  }
}

/**
 * Three users, each asking for the longest page there is.
 * @type {Plan}
 */
export const historyFlood = (bench) =>
  each([1, 2, 3], async (i) => {
    const [user, peer] = [`${bench.name}-flooder-${i}`, `${bench.name}-author-${i}`];
    await stuff(bench, peer, user);
    return { user, asks: "history", peer };
  });

/**
 * One user, watching a hundred people whom nobody has watched, and then no longer.
 * @type {Plan}
 */
export const watchFlood = async (bench) => [{ user: `${bench.name}-flooder`, asks: "watch" }];

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
