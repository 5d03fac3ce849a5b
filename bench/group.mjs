// The workloads of groups: one writes into a room, and everybody in it has a device.
import { setTimeout as sleep } from "node:timers/promises";
import { leave, viewsCaughtUp } from "./people.mjs";
import { cpuBetween, isBroker } from "./proc.mjs";
import { roomOf } from "./room.mjs";
import { BODY } from "./speaker.mjs";
import { latencies } from "./tally.mjs";

/** For what is still under way when the window ends. */
const DRAIN_MS = 30_000;

/** One who writes into a room, and counts who has it. */
class Writer {
  /** Until the last device has it, ms. */
  last = latencies();
  deliveries = 0;
  #bench;
  #size;
  #endsAt = Infinity;
  #isOpen = false;
  #n = 0;
  /** By seq of the group: how many devices have it. @type {Map<number, number>} */
  #had = new Map();
  /** When the messages left that are not over, oldest first. The group has them in this order. @type {number[]} */
  #left = [];
  /** @type {(text: string) => void} */
  #write = () => {};

  /** @param {import("./people.mjs").Bench} bench @param {number} size */
  constructor(bench, size) {
    this.#bench = bench;
    this.#size = size;
  }

  /** @param {import("./room.mjs").Rooms} room */
  join({ group, author }) {
    const rest = `"to":"${group}","body":"${BODY}"}`;
    this.#write = (cid) => author.write(`{"t":"send","cid":"${cid}",${rest}`);
    author.listener = {
      sent: () => {},
      event: ({ mailbox, seq, event }) =>
        mailbox === group && event.type === "MessageSent" && this.has(seq),
    };
  }

  /** A device has it. @param {number} seq */
  has(seq) {
    if (this.#left.length === 0) return;
    const devices = (this.#had.get(seq) ?? 0) + 1;
    if (performance.now() < this.#endsAt) this.deliveries += 1;
    if (devices < this.#size) return void this.#had.set(seq, devices);
    this.#had.delete(seq);
    this.last.record(performance.now() - (this.#left.shift() ?? NaN));
    if (this.#isOpen) this.#send();
  }

  #send() {
    this.#n += 1;
    this.#left.push(performance.now());
    this.#write(`${this.#bench.name}room.${this.#n}`);
  }

  /** For so many seconds, and until everybody has all of it. @param {number} seconds @param {number} inFlight */
  async talk(seconds, inFlight) {
    this.last = latencies();
    this.deliveries = 0;
    this.#had.clear();
    this.#endsAt = performance.now() + seconds * 1000;
    this.#isOpen = true;
    for (let i = 0; i < inFlight; i++) this.#send();
    await sleep(seconds * 1000, undefined, { signal: this.#bench.signal });
    this.#isOpen = false;
    const deadline = performance.now() + DRAIN_MS;
    while (this.#left.length > 0) {
      if (performance.now() > deadline)
        throw new Error(`${this.#left.length} messages have not reached everybody`);
      await sleep(5, undefined, { signal: this.#bench.signal });
    }
  }
}

/**
 * One round: an author with so many messages in flight, each of which is over when the last device of the room has it.
 * @param {import("./people.mjs").Bench} bench
 * @param {{ size: number, inFlight: number, receipts?: boolean }} shape
 * @returns {Promise<Record<string, number>>}
 */
export async function room(bench, { size, inFlight, receipts = true }) {
  const { name, server } = bench;
  const writer = new Writer(bench, size);
  const has = (/** @type {number} */ seq) => writer.has(seq);
  const made = await roomOf(bench, { name, size, receipts, has });
  writer.join(made);
  await writer.talk(bench.warmup, inFlight);
  await viewsCaughtUp([made.author]);

  const before = server.processes();
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  server.toggleProfile();
  await writer.talk(bench.seconds, inFlight);
  const own = process.cpuUsage(ownBefore);
  const elapsed = (performance.now() - startedAt) / 1000;
  await viewsCaughtUp([made.author]);
  const after = server.processes();
  server.toggleProfile();
  const rss = server.residentKib();
  made.leave();
  await leave(bench, [made.author]);
  const thousands = (writer.last.count() * size) / 1000;
  return {
    perSecond: writer.deliveries / bench.seconds,
    cpuPer1000: cpuBetween(before, after) / thousands,
    brokerCpuPer1000: cpuBetween(before.filter(isBroker), after.filter(isBroker)) / thousands,
    lastP50: writer.last.at(50),
    lastP99: writer.last.at(99),
    rssMib: rss / 1024,
    loadCores: (own.user + own.system) / 1e6 / elapsed,
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
