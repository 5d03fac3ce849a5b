// The workloads that chat: pairs of users who write to each other, either each with so many in
// flight (closed loop) or at a given rate (open loop: a slow answer delays no later send).
import { setTimeout as sleep } from "node:timers/promises";
import { cpuBetween, isBroker } from "./proc.mjs";
import { arrive, each, leave, viewsCaughtUp } from "./people.mjs";
import { speaker } from "./speaker.mjs";
import { newTally } from "./tally.mjs";

/** For what is still under way when the window ends. */
const DRAIN_MS = 30_000;

/**
 * @typedef {{ users: number } & ({ inFlight: number } | { perSecond: number })} Shape
 * @typedef {import("./speaker.mjs").Speaker} Speaker
 */

/**
 * Users with a device each, of whom each two neighbours write to each other.
 * @param {import("./people.mjs").Bench} bench
 * @param {string[]} names
 */
export async function inPairs(bench, names) {
  const devices = await each(names, (name) => arrive(bench, name));
  const speakers = devices.map((device, i) => speaker(device, names[i ^ 1] ?? "", newTally()));
  return { devices, speakers };
}

/**
 * One round: users arrive, chat for the warm-up, then for the measured window.
 * @param {import("./people.mjs").Bench} bench
 * @param {Shape} shape
 * @returns {Promise<Record<string, number>>}
 */
export async function chat(bench, shape) {
  const { server } = bench;
  const names = Array.from({ length: shape.users }, (_, i) => `${bench.name}-${i}`);
  const { devices, speakers } = await inPairs(bench, names);

  await talk(bench, speakers, shape, bench.warmup);
  await viewsCaughtUp(devices);

  const before = server.processes();
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  server.toggleProfile();
  const tally = await talk(bench, speakers, shape, bench.seconds);
  const own = process.cpuUsage(ownBefore);
  const elapsed = (performance.now() - startedAt) / 1000;
  await viewsCaughtUp(devices);
  const after = server.processes();
  server.toggleProfile();
  const rss = server.residentKib();
  await leave(bench, devices);
  bench.facts["durability"] = tally.durability;

  const thousands = tally.read.count() / 1000;
  return {
    perSecond: tally.inWindow / bench.seconds,
    lifecycles: tally.read.count(),
    cpuPer1000: cpuBetween(before, after) / thousands,
    brokerCpuPer1000: cpuBetween(before.filter(isBroker), after.filter(isBroker)) / thousands,
    sentP50: tally.sent.at(50),
    sentP99: tally.sent.at(99),
    deliveredP50: tally.delivered.at(50),
    deliveredP99: tally.delivered.at(99),
    readP50: tally.read.at(50),
    readP99: tally.read.at(99),
    rssMib: rss / 1024,
    loadCores: (own.user + own.system) / 1e6 / elapsed,
    ...("perSecond" in shape && { lateMs: tally.lateMs }),
  };
}

/**
 * Chats for some seconds, and until all that was sent has been read.
 * @param {import("./people.mjs").Bench} bench
 * @param {Speaker[]} speakers
 * @param {Shape} shape
 * @param {number} seconds
 */
async function talk(bench, speakers, shape, seconds) {
  const tally = newTally();
  const startsAt = performance.now();
  tally.endsAt = startsAt + seconds * 1000;
  if ("inFlight" in shape) {
    for (const one of speakers) {
      one.count(tally, () => performance.now() < tally.endsAt && one.send());
      for (let i = 0; i < shape.inFlight; i++) one.send();
    }
    await sleep(seconds * 1000, undefined, { signal: bench.signal });
  } else {
    for (const one of speakers) one.count(tally);
    await pace(bench, speakers, tally, 1000 / shape.perSecond);
  }
  await allRead(bench, tally);
  return tally;
}

/**
 * Speakers who talk at a steady rate, whatever else the server has to do, until they are stopped.
 * @param {import("./people.mjs").Bench} bench
 * @param {Speaker[]} speakers
 * @param {number} perSecond of all of them together
 * @returns {() => Promise<import("./tally.mjs").Tally>} stops them; resolves when all is read
 */
export function bystanders(bench, speakers, perSecond) {
  const tally = newTally();
  for (const one of speakers) one.count(tally);
  const talking = pace(bench, speakers, tally, 1000 / perSecond);
  talking.catch(bench.fail);
  return async () => {
    tally.endsAt = performance.now();
    await talking;
    await allRead(bench, tally);
    return tally;
  };
}

/**
 * Waits until all that was sent has been read.
 * @param {import("./people.mjs").Bench} bench
 * @param {import("./tally.mjs").Tally} tally
 */
async function allRead(bench, tally) {
  const deadline = performance.now() + DRAIN_MS;
  while (tally.underWay > 0) {
    if (performance.now() > deadline) throw new Error(`${tally.underWay} were never read`);
    await sleep(5, undefined, { signal: bench.signal });
  }
}

/**
 * Sends at even times until `tally.endsAt`.
 * @param {import("./people.mjs").Bench} bench
 * @param {Speaker[]} speakers
 * @param {import("./tally.mjs").Tally} tally
 * @param {number} everyMs
 */
async function pace({ signal }, speakers, tally, everyMs) {
  const startsAt = performance.now();
  for (let i = 0, due = startsAt; due < tally.endsAt; i++, due = startsAt + i * everyMs) {
    const early = due - performance.now();
    if (early > 0) await sleep(early, undefined, { signal });
    tally.lateMs = Math.max(tally.lateMs, performance.now() - due);
    const one = speakers[i % speakers.length];
    // The ones that it waits for say in their own times that the server is slow.
    if (one?.isFull() === false) one.send();
  }
}
