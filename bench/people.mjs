// Many users at once: their tokens, their devices, and the end of the work they caused.
import { setTimeout as sleep } from "node:timers/promises";
import { Device } from "./device.mjs";

/**
 * One round of one workload, as the workloads see it.
 * @typedef {object} Bench
 * @property {string} name names the users of this round
 * @property {import("./server.mjs").Server} server
 * @property {number} seconds of the measured window
 * @property {number} warmup seconds
 * @property {number} entries of the large mailbox of `turns`
 * @property {AbortSignal} signal aborted by the first error
 * @property {(error: Error) => void} fail ends the run
 * @property {Set<import("./device.mjs").Device>} devices what is connected now
 * @property {Facts} facts is told what the server says of itself
 *
 * The part of a round that devices need.
 * @typedef {Pick<Bench, "fail" | "devices"> & { server: { url: string } }} Place
 * @typedef {Record<string, string>} Facts
 */

/** Sockets that have not said hello yet: a server has every reason to allow few of them. */
const STRANGERS_MAX = 50;
const CAUGHT_UP_MS = 60_000;

/**
 * Runs `work` on each item, at most {@link STRANGERS_MAX} at a time, and keeps the order.
 * @template T, R
 * @param {T[]} items
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
export async function each(items, work) {
  /** @type {R[]} */
  const results = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(STRANGERS_MAX, items.length) }, lane));
  return results;
}

/**
 * A development identity.
 * @param {string} url
 * @param {string} user
 * @returns {Promise<string>}
 */
export async function tokenFor(url, user) {
  const answer = await fetch(`${url}/v1/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
  });
  if (!answer.ok) throw new Error(`no token for ${user}: ${answer.status} ${await answer.text()}`);
  return /** @type {{ token: string }} */ (await answer.json()).token;
}

/**
 * A device of a user, connected and caught up.
 * @param {Place} bench
 * @param {string} user
 * @param {{ token?: string, deviceId?: string, since?: import("./device.mjs").Cursor }} [options]
 */
export async function arrive(bench, user, { token, deviceId = "bench", since } = {}) {
  const known = token ?? (await tokenFor(bench.server.url, user));
  const device = new Device(user, bench.server.url, bench.fail);
  bench.devices.add(device);
  await device.opened();
  await device.hello({ token: known, deviceId, ...(since && { since }) });
  return device;
}

/**
 * @param {Place} bench
 * @param {Iterable<Device>} devices
 */
export async function leave(bench, devices) {
  await each([...devices], async (device) => {
    bench.devices.delete(device);
    await device.close();
  });
}

/**
 * Waits until the views show each device everything it has seen, so that their work is in the
 * CPU figure.
 * @param {Device[]} devices
 */
export async function viewsCaughtUp(devices) {
  const deadline = Date.now() + CAUGHT_UP_MS;
  await each(devices, async (device) => {
    for (;;) {
      const answer = await device.ask({ t: "chats", limit: 1, atLeast: device.cursor.seq });
      if (answer.t === "reply") return;
      if (Date.now() > deadline) throw new Error(`the views are behind: ${JSON.stringify(answer)}`);
      await sleep(20);
    }
  });
}
