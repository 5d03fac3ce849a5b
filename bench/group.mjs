// The workloads of groups: one writes into a room, and everybody in it has a device.
import { setTimeout as sleep } from "node:timers/promises";
import { leave, viewsCaughtUp } from "./people.mjs";
import { cpuBetween, isBroker } from "./proc.mjs";
import { roomOf } from "./room.mjs";
import { BODY } from "./speaker.mjs";
import { latencies } from "./tally.mjs";

/** For what is still under way when the window ends. */
const DRAIN_MS = 30_000;

/** The messages of one window. */
const newWindow = () => ({ last: latencies(), deliveries: 0, endsAt: Infinity });

/**
 * One round: an author with so many messages in flight, each of which is over when the last device of the room has it.
 * @param {import("./people.mjs").Bench} bench
 * @param {{ size: number, inFlight: number }} shape
 * @returns {Promise<Record<string, number>>}
 */
export async function room(bench, { size, inFlight }) {
  const { server } = bench;
  /** By seq of the group: how many devices have it. @type {Map<number, number>} */
  const had = new Map();
  /** When the messages left that are not over, oldest first. The group has them in this order. @type {number[]} */
  const left = [];
  let n = 0;
  let isOpen = false;
  let tally = newWindow();
  const {
    group,
    author,
    members,
    leave: go,
  } = await roomOf(bench, {
    name: bench.name,
    size,
    receipts: true,
    has: (seq) => has(seq),
  });
  had.clear();
  author.listener = {
    sent: () => {},
    event: ({ mailbox, seq, event }) =>
      mailbox === group && event.type === "MessageSent" && has(seq),
  };

  /** @param {number} seq */
  function has(seq) {
    if (left.length === 0) return;
    const devices = (had.get(seq) ?? 0) + 1;
    if (performance.now() < tally.endsAt) tally.deliveries += 1;
    if (devices < size) return void had.set(seq, devices);
    had.delete(seq);
    tally.last.record(performance.now() - (left.shift() ?? NaN));
    if (isOpen) send();
  }
  function send() {
    n += 1;
    left.push(performance.now());
    author.write(`{"t":"send","cid":"${bench.name}room.${n}","to":"${group}","body":"${BODY}"}`);
  }
  /** @param {number} seconds */
  async function talk(seconds) {
    tally = newWindow();
    tally.endsAt = performance.now() + seconds * 1000;
    isOpen = true;
    for (let i = 0; i < inFlight; i++) send();
    await sleep(seconds * 1000, undefined, { signal: bench.signal });
    isOpen = false;
    const deadline = performance.now() + DRAIN_MS;
    while (left.length > 0) {
      if (performance.now() > deadline)
        throw new Error(`${left.length} messages have not reached everybody`);
      await sleep(5, undefined, { signal: bench.signal });
    }
    return tally;
  }

  await talk(bench.warmup);
  await viewsCaughtUp([author]);
  const before = server.processes();
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  server.toggleProfile();
  const { last, deliveries } = await talk(bench.seconds);
  const own = process.cpuUsage(ownBefore);
  const elapsed = (performance.now() - startedAt) / 1000;
  await viewsCaughtUp([author]);
  const after = server.processes();
  server.toggleProfile();
  const rss = server.residentKib();
  go();
  await leave(bench, [author]);
  const thousands = (last.count() * size) / 1000;
  return {
    perSecond: deliveries / bench.seconds,
    cpuPer1000: cpuBetween(before, after) / thousands,
    brokerCpuPer1000: cpuBetween(before.filter(isBroker), after.filter(isBroker)) / thousands,
    lastP50: last.at(50),
    lastP99: last.at(99),
    rssMib: rss / 1024,
    loadCores: (own.user + own.system) / 1e6 / elapsed,
    members: members.length + 1,
  };
}

/** Messages whose ticks are timed. */
const TICKED = 8;
/** Between them, so that each is a single one: longer than what receipts of a room of 200 are gathered for. */
const APART_MS = 1500;

/**
 * One round: from the last device's `delivered` to the tick of the author, of single messages.
 * @param {import("./people.mjs").Bench} bench
 * @param {{ size: number }} shape
 * @returns {Promise<Record<string, number>>}
 */
export async function roomTicks(bench, { size }) {
  const ticks = latencies();
  let devices = 0;
  let toldAt = 0;
  const {
    group,
    author,
    leave: go,
  } = await roomOf(bench, {
    name: bench.name,
    size,
    receipts: true,
    has: () => {
      devices += 1;
      toldAt = performance.now();
    },
  });
  await sleep(APART_MS, undefined, { signal: bench.signal });
  for (let n = 1; n <= TICKED; n++) {
    devices = 0;
    let seq = 0;
    /** @type {Promise<void>} */
    const ticked = new Promise((resolve) => {
      author.listener.event = (frame) => {
        const { event } = frame;
        if (frame.mailbox === group && event.type === "MessageSent") seq = frame.seq;
        if (event.type !== "MessageDelivered" && event.type !== "MessageRead") return;
        if (event.author === group && seq > 0 && event.upTo >= seq) resolve();
      };
    });
    author.write(`{"t":"send","cid":"${bench.name}tick.${n}","to":"${group}","body":"${BODY}"}`);
    const late = sleep(DRAIN_MS, undefined, { ref: false, signal: bench.signal }).then(() => {
      throw new Error(`no tick of all ${size}: ${devices} devices have the message`);
    });
    await Promise.race([ticked, late]);
    ticks.record(performance.now() - toldAt);
    await sleep(APART_MS, undefined, { signal: bench.signal });
  }
  go();
  await leave(bench, [author]);
  return { tickP50: ticks.at(50), tickMax: ticks.at(100) };
}
