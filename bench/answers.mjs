// All members of the largest group answer at once, and go on answering, while a pair chats beside them. The group has the
// limits that a server is shipped with. Its members live in a thread of their own, apart from the pair that measures.
import { setTimeout as sleep } from "node:timers/promises";
import { bystanders, inPairs } from "./chat.mjs";
import { leave } from "./people.mjs";
import { thread } from "./thread.mjs";
import { watched } from "./top.mjs";

/** Of the pair. */
const MESSAGES_PER_SECOND = 20;
/** So long everybody answers. */
const ANSWERING_S = 30;

/**
 * One round: the pair chats in calm, and then beside everybody's answers.
 * @param {import("./people.mjs").Bench} bench
 * @param {{ size: number }} shape
 * @returns {Promise<Record<string, number>>}
 */
export async function answers(bench, { size }) {
  const { name, server, signal } = bench;
  const { devices, speakers } = await inPairs(bench, [`${name}-left`, `${name}-right`]);
  const crowd = thread(bench, "./answering.mjs", { name, url: server.url, size });
  await crowd.ask("gather");
  /** @param {number} seconds */
  const chatFor = async (seconds) => {
    const stop = bystanders(bench, speakers, MESSAGES_PER_SECOND);
    await sleep(seconds * 1000, undefined, { signal });
    return stop();
  };
  await chatFor(bench.warmup);
  const calm = await chatFor(bench.seconds);

  const [{ tally, accepted, refused }, grownMib] = await watched(server, async () => {
    await crowd.ask("answer");
    const heard = await chatFor(ANSWERING_S);
    return { tally: heard, ...(await crowd.ask("stop")) };
  });
  await crowd.leave();
  await leave(bench, devices);
  return {
    slower: tally.read.at(99) / calm.read.at(99),
    calmP99: calm.read.at(99),
    readP99: tally.read.at(99),
    readMax: tally.read.at(100),
    lateMs: tally.lateMs,
    grownMib,
    accepted: accepted / ANSWERING_S,
    refused: refused / ANSWERING_S,
  };
}
