// A thread with a thousand devices: it does as it is told, and answers when that is done.
import { workerData } from "node:worker_threads";
import { Device } from "./device.mjs";
import { arrive, each, leave, tokenFor } from "./people.mjs";
import { BODY, IN_FLIGHT_MAX } from "./speaker.mjs";
import { fail, obey } from "./thread.mjs";

const DEVICES = 1000;
/** Messages that each has written to the next and got from it: each of them is one entry of the mailbox. */
const WRITTEN = 50;
/** A server lets so few strangers of one address in that these come from many, as they would. */
const PER_ADDRESS = 4;

/** @typedef {{ name: string, token: string }} Person */

const { name: round, url } = /** @type {{ name: string, url: string }} */ (workerData);

/** @type {import("./people.mjs").Place} */
const place = { server: { url }, devices: new Set(), fail };
/** @type {Person[]} */
let people = [];
/** Of the people, from before they were written to. @type {import("./device.mjs").Cursor[]} */
let cursors = [];

obey({
  /** Everybody is written to, and goes without having read it. */
  async goAway() {
    const names = Array.from({ length: DEVICES }, (_, i) => `${round}-${i}`);
    people = await each(names, async (name) => ({ name, token: await tokenFor(url, name) }));
    cursors = await leaveWaiting(people);
  },
  /** Resolves to the ms until everybody has everything. */
  async comeBack() {
    const startedAt = performance.now();
    const none = { epoch: "", seq: 0 };
    await Promise.all(people.map((one, i) => comeBack(one, cursors[i] ?? none, i)));
    return performance.now() - startedAt;
  },
  leave: () => leave(place, [...place.devices]),
});

/**
 * @param {Person} person
 * @param {import("./device.mjs").Cursor} since
 * @param {number} i
 */
async function comeBack({ name, token }, since, i) {
  const host = Math.floor(i / PER_ADDRESS);
  const device = new Device(name, place.server.url, place.fail, `127.1.${host >> 7}.${host % 128}`);
  place.devices.add(device);
  let entries = 0;
  device.listener.event = () => {
    entries += 1;
  };
  await device.opened();
  await device.hello({ token, deviceId: "bench", since });
  if (entries < 2 * WRITTEN) throw new Error(`${name} got ${entries} entries`);
}

/**
 * Everybody writes to the next and gets as much; then they go. Their cursors are from before.
 * @param {Person[]} crowd
 */
async function leaveWaiting(crowd) {
  const devices = await each(crowd, ({ name, token }) => arrive(place, name, { token }));
  const before = devices.map(({ cursor }) => ({ ...cursor }));
  await Promise.all(devices.map((device, i) => written(device, crowd[i ^ 1]?.name ?? "")));
  await leave(place, devices);
  return before;
}

/**
 * Resolves when the device has all its own messages and all of its peer's.
 * @param {Device} device
 * @param {string} peer
 * @returns {Promise<void>}
 */
function written(device, peer) {
  let n = 0;
  let seen = 0;
  const send = () => {
    n += 1;
    device.write(JSON.stringify({ t: "send", cid: `${device.user}.${n}`, to: peer, body: BODY }));
  };
  return new Promise((resolve) => {
    device.listener = {
      sent: () => n < WRITTEN && send(),
      event({ event }) {
        if (event.type === "MessageSent" && ++seen === 2 * WRITTEN) resolve();
      },
    };
    for (let i = 0; i < IN_FLIGHT_MAX; i++) send();
  });
}
