// Does anything that an actor does hold the loop? Somebody pings a thousand times a second, while actors
// with much to remember fold, are loaded and written.
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "./laps.mjs";
import { arrive, leave, tokenFor } from "./people.mjs";
import { waitedMs } from "./proc.mjs";
import { BODY, IN_FLIGHT_MAX } from "./speaker.mjs";
import { latencies } from "./tally.mjs";
import { thread } from "./thread.mjs";

const PEERS_OF_LOG = 5000;
/** So many make a snapshot of more than 200 KiB. */
const PEERS_OF_SNAPSHOT = 3000;
/** Ids as long as those that a machine makes. */
const PEER_DIGITS = 30;
/** Instances of one client, each with so many unanswered as it may have: fewer than a session may have waiting. */
const INSTANCES = 3;
const PING_MS = 1;
/** By then the server has written down its last turn. */
const LAP_MS = 100;
/** An actor that nobody needs is let go within this, when ACTOR_IDLE_MS is a second. */
const LET_GO_MS = 8000;
/** A million entries take the views a minute or two. */
const VIEWS_MS = 600_000;
const ASK_AGAIN_MS = 500;

/**
 * One round: two hubs with much behind them are let go, and come back.
 * @param {import("./people.mjs").Bench} bench
 * @returns {Promise<Record<string, number>>}
 */
export async function turns(bench) {
  const pinger = await arrive(bench, `${bench.name}-pinger`);
  const small = await hub(bench, pinger, "small", PEERS_OF_SNAPSHOT);
  const large = await hub(bench, pinger, "large", 1);
  const fold = await pinged(bench, pinger, () => large.hear(PEERS_OF_LOG, bench.entries));
  await viewsShow(bench, pinger, large.seq());
  await sleep(LET_GO_MS, undefined, { signal: bench.signal });
  const quiet = await pinged(bench, pinger, () =>
    sleep(LET_GO_MS, undefined, { signal: bench.signal }),
  );

  await large.forget();
  bench.server.toggleProfile();
  const load = await pinged(bench, pinger, large.comeBack);
  const thaw = await pinged(bench, pinger, small.comeBack);
  const save = await pinged(bench, pinger, async () => {
    await small.leave();
    await sleep(LET_GO_MS, undefined, { signal: bench.signal });
  });
  bench.server.toggleProfile();
  await large.end();
  await leave(bench, [pinger]);
  return {
    ...figures("load", load),
    ...figures("fold", fold),
    ...figures("save", save),
    ...figures("thaw", thaw),
    ...figures("quiet", quiet),
    quietP999: quiet.own.at(99.9),
    loadMs: load.ms,
    foldMs: fold.ms,
  };
}

/** @param {string} key @param {Awaited<ReturnType<typeof pinged>>} seen @returns {Record<string, number>} */
const figures = (key, { turn, own, pings }) => ({
  [`${key}Turn`]: turn.own,
  [`${key}TurnWork`]: turn.work,
  [`${key}TurnCpu`]: turn.cpu,
  [`${key}TurnAll`]: turn.all,
  [`${key}Max`]: own.at(100),
  [`${key}Ping`]: pings.at(100),
});

/**
 * Pings all the time until the work is done, and looks for the longest turn of the server's main thread. A ping's own time is the part of it in which neither the server's
 * main thread nor the pinging one was ready to run and had no core.
 * @param {import("./people.mjs").Bench} bench
 * @param {import("./device.mjs").Device} pinger
 * @param {() => Promise<unknown>} work
 */
async function pinged({ server }, pinger, work) {
  const pings = latencies();
  const own = latencies();
  const main = server.processes()[0]?.pid ?? 0;
  const waited = () => waitedMs(main) + waitedMs(process.pid);
  /** @type {{ at: number, waited: number }[]} */
  const sent = [];
  pinger.listener.pong = () => {
    const ping = sent.shift();
    // A heartbeat of the server is a pong, too; it comes when none is owed, or counts as the next one.
    if (ping === undefined) return;
    const took = performance.now() - ping.at;
    pings.record(took);
    own.record(Math.max(0, took - (waited() - ping.waited)));
  };
  const timer = setInterval(() => {
    sent.push({ at: performance.now(), waited: waited() });
    pinger.write('{"t":"ping"}');
  }, PING_MS);
  const startedAt = now();
  try {
    await work();
  } finally {
    clearInterval(timer);
    while (sent.length > 0) await sleep(PING_MS);
  }
  const endedAt = now();
  await sleep(LAP_MS);
  return { pings, own, turn: server.longestTurn(startedAt, endedAt), ms: endedAt - startedAt };
}

/**
 * Waits until the views have folded the stream so far, which they do without pause: it would be in the other figures.
 * @param {import("./people.mjs").Bench} bench
 * @param {import("./device.mjs").Device} asker
 * @param {number} atLeast
 */
async function viewsShow({ signal }, asker, atLeast) {
  const deadline = performance.now() + VIEWS_MS;
  while ((await asker.ask({ t: "chats", limit: 1, atLeast })).t !== "reply") {
    if (performance.now() > deadline) throw new Error("the views are behind");
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
}

/**
 * A user who has written to so many peers, once to each, and has gone.
 * @param {import("./people.mjs").Bench} bench
 * @param {import("./device.mjs").Device} witness
 * @param {string} kind
 * @param {number} peers
 */
async function hub(bench, witness, kind, peers) {
  const user = `${bench.name}-${kind}`;
  const token = await tokenFor(bench.server.url, user);
  const peer = (/** @type {number} */ n) => `${user}-${String(n).padStart(PEER_DIGITS, "0")}`;
  let device = await arrive(bench, user, { token });
  let n = 0;
  /** The last number of each instance. @type {Record<string, number>} */
  const numbers = {};
  const send = (/** @type {string} */ instance, to = peer((n + 1) % peers)) => {
    n += 1;
    const number = (numbers[instance] = (numbers[instance] ?? 0) + 1);
    const cid = `${instance}.${number}`;
    device.write(JSON.stringify({ t: "send", cid, to, body: BODY }));
  };
  /** Writes until there are so many entries, and the last one has come back from the actor. */
  const write = (/** @type {number} */ until, /** @type {number} */ instances) =>
    new Promise((resolve) => {
      let came = n;
      device.listener.sent = ({ cid }) => n < until && send(cid.slice(0, cid.indexOf(".")));
      device.listener.event = ({ event }) => {
        if (event.type === "MessageSent" && ++came === until) resolve(undefined);
      };
      for (let i = 0; i < instances * IN_FLIGHT_MAX && n < until; i++)
        send(`${kind}${i % instances}`);
    });
  await write(peers, INSTANCES);
  await leave(bench, [device]);
  /**
   * Comes back, and writes to a witness; resolves when that has it, which only an actor that is loaded can tell. Behind 3 s in which nothing is
   * routed a gateway shows what is new from the log.
   */
  const comeBack = async () => {
    const since = device.cursor;
    device = await arrive(bench, user, { token, since });
    await new Promise((resolve) => {
      witness.listener.event = ({ event }) => {
        if (event.type === "MessageSent" && event.author === user) resolve(undefined);
      };
      send(`${kind}0`, witness.user);
    });
  };
  const leaveAgain = () => leave(bench, [device]);
  /** @type {ReturnType<typeof thread> | undefined} */
  let tellers;
  return {
    comeBack,
    leave: leaveAgain,
    /** Is written to by many while it is away; resolves when its actor has folded all of it. */
    async hear(/** @type {number} */ count, /** @type {number} */ entries) {
      const authors = Array.from({ length: count }, (_, i) => peer(i));
      const told = { data: bench.server.data, to: user, peers: authors, entries };
      tellers = thread(bench, "./entries.mjs", told);
      device.cursor.seq = await tellers.ask("tell");
      await comeBack();
      await leaveAgain();
    },
    /** Has its actor read from the log when it comes back: it has been let go by now. */
    forget: async () => tellers?.ask("forget"),
    async end() {
      await tellers?.end();
      await leaveAgain();
    },
    seq: () => device.cursor.seq,
  };
}
