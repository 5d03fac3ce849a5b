// Many devices that were away come back in the same moment, as after a cut of the network. They live in a thread of
// their own, apart from the pair that chats and measures.
import { bystanders, inPairs } from "./chat.mjs";
import { leave } from "./people.mjs";
import { thread } from "./thread.mjs";
import { watched } from "./top.mjs";

/** Of the pair that chats meanwhile. */
const MESSAGES_PER_SECOND = 20;

/**
 * One round: everybody has gone, and comes back at once.
 * @param {import("./people.mjs").Bench} bench
 * @returns {Promise<Record<string, number>>}
 */
export async function herd(bench) {
  const { name, server } = bench;
  const crowd = thread(bench, "./crowd.mjs", { name, url: server.url });
  await crowd.ask("goAway");
  const { devices, speakers } = await inPairs(bench, [`${name}-left`, `${name}-right`]);
  await bystanders(bench, speakers, MESSAGES_PER_SECOND)();

  const [{ caughtUpMs, tally }, grownMib] = await watched(server, async () => {
    const stop = bystanders(bench, speakers, MESSAGES_PER_SECOND);
    return { caughtUpMs: await crowd.ask("comeBack"), tally: await stop() };
  });
  await crowd.leave();
  await leave(bench, devices);
  return {
    caughtUpMs,
    readP99: tally.read.at(99),
    readMax: tally.read.at(100),
    lateMs: tally.lateMs,
    grownMib,
  };
}
