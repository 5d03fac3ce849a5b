// Does anything that an actor does hold the loop? Somebody pings a thousand times a second, while actors
// with much to remember are loaded and written.
import { setTimeout as sleep } from "node:timers/promises";
import { arrive, leave, tokenFor } from "./people.mjs";
import { BODY, IN_FLIGHT_MAX } from "./speaker.mjs";
import { latencies } from "./tally.mjs";

/** Too many for a snapshot: this actor is always read from its log. */
const PEERS_OF_LOG = 5000;
/** As many as a snapshot of 200 KiB has room for, nearly. */
const PEERS_OF_SNAPSHOT = 3000;
/** Ids as long as those that a machine makes. */
const PEER_DIGITS = 30;
/** Instances of one client, each with so many unanswered as it may have: fewer than a session may have waiting. */
const INSTANCES = 3;
const PING_MS = 1;
/** An actor that nobody needs is let go within this, when ACTOR_IDLE_MS is a second. */
const LET_GO_MS = 8000;

/**
 * One round: two hubs write to many, are let go, and come back.
 * @param {import("./people.mjs").Bench} bench
 * @returns {Promise<Record<string, number>>}
 */
export async function turns(bench) {
  const pinger = await arrive(bench, `${bench.name}-pinger`);
  const large = await hub(bench, "large", PEERS_OF_LOG, bench.entries);
  const small = await hub(bench, "small", PEERS_OF_SNAPSHOT, PEERS_OF_SNAPSHOT);
  await sleep(LET_GO_MS, undefined, { signal: bench.signal }); // the views catch up, too
  const quiet = await pinged(pinger, () => sleep(LET_GO_MS, undefined, { signal: bench.signal }));

  bench.server.toggleProfile();
  const load = await pinged(pinger, large.comeBack);
  const thaw = await pinged(pinger, small.comeBack);
  const save = await pinged(pinger, async () => {
    await small.leave();
    await sleep(LET_GO_MS, undefined, { signal: bench.signal });
  });
  bench.server.toggleProfile();
  await large.leave();
  await leave(bench, [pinger]);
  return {
    loadMax: load.pings.at(100),
    saveMax: save.pings.at(100),
    thawMax: thaw.pings.at(100),
    quietMax: quiet.pings.at(100),
    quietP999: quiet.pings.at(99.9),
    loadMs: load.ms,
  };
}

/**
 * Pings all the time until the work is done.
 * @param {import("./device.mjs").Device} pinger
 * @param {() => Promise<unknown>} work
 */
async function pinged(pinger, work) {
  const pings = latencies();
  /** @type {number[]} */
  const sentAt = [];
  pinger.listener.pong = () => {
    const at = sentAt.shift();
    // A heartbeat of the server is a pong, too; it comes when none is owed, or counts as the next one.
    if (at !== undefined) pings.record(performance.now() - at);
  };
  const timer = setInterval(() => {
    sentAt.push(performance.now());
    pinger.write('{"t":"ping"}');
  }, PING_MS);
  const startedAt = performance.now();
  try {
    await work();
    return { pings, ms: performance.now() - startedAt };
  } finally {
    clearInterval(timer);
    while (sentAt.length > 0) await sleep(PING_MS);
  }
}

/**
 * A user who has written to many and has gone.
 * @param {import("./people.mjs").Bench} bench
 * @param {string} kind
 * @param {number} peers
 * @param {number} entries
 */
async function hub(bench, kind, peers, entries) {
  const user = `${bench.name}-${kind}`;
  const token = await tokenFor(bench.server.url, user);
  let device = await arrive(bench, user, { token });
  let n = 0;
  /** The last number of each instance. @type {Record<string, number>} */
  const numbers = {};
  const send = (/** @type {string} */ instance) => {
    n += 1;
    const number = (numbers[instance] = (numbers[instance] ?? 0) + 1);
    const to = `${user}-${String(n % peers).padStart(PEER_DIGITS, "0")}`;
    device.write(JSON.stringify({ t: "send", cid: `${instance}.${number}`, to, body: BODY }));
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
  await write(entries, INSTANCES);
  await leave(bench, [device]);
  return {
    leave: () => leave(bench, [device]),
    /** Comes back; resolves when the actor has been loaded, since only then it routes what is new. */
    comeBack: async () => {
      const since = device.cursor;
      device = await arrive(bench, user, { token, since });
      await write(n + 1, 1);
    },
  };
}
