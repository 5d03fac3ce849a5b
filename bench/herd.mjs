// Many devices that were away come back in the same moment, as after a cut of the network.
import { bystanders } from "./chat.mjs";
import { Device } from "./device.mjs";
import { arrive, each, leave, tokenFor } from "./people.mjs";
import { BODY, IN_FLIGHT_MAX, speaker } from "./speaker.mjs";
import { newTally } from "./tally.mjs";
import { topMib } from "./top.mjs";

const DEVICES = 1000;
/** Messages that each has written to the next and got from it: each of them is one entry of the mailbox. */
const WRITTEN = 50;
/** A server lets so few strangers of one address in that these come from many, as they would. */
const PER_ADDRESS = 4;
/** Of the pair that chats meanwhile. */
const MESSAGES_PER_SECOND = 20;

/**
 * One round: everybody has gone, and comes back at once.
 * @param {import("./people.mjs").Bench} bench
 * @returns {Promise<Record<string, number>>}
 */
export async function herd(bench) {
  const { server } = bench;
  const names = Array.from({ length: DEVICES }, (_, i) => `${bench.name}-${i}`);
  const people = await each(names, async (name) => ({
    name,
    token: await tokenFor(server.url, name),
  }));
  const cursors = await leaveWaiting(bench, people);
  const pair = [`${bench.name}-left`, `${bench.name}-right`];
  const talkers = await each(pair, (name) => arrive(bench, name));
  const speakers = talkers.map((one, i) => speaker(one, pair[i ^ 1] ?? "", newTally()));
  await bystanders(bench, speakers, MESSAGES_PER_SECOND)();

  const before = server.residentKib() / 1024;
  server.toggleProfile();
  const top = topMib(server);
  const stop = bystanders(bench, speakers, MESSAGES_PER_SECOND);
  const startedAt = performance.now();
  const back = await Promise.all(
    people.map((one, i) => comeBack(bench, one, cursors[i] ?? { epoch: "", seq: 0 }, i)),
  );
  const caughtUpMs = performance.now() - startedAt;
  const tally = await stop();
  const grownMib = top() - before;
  server.toggleProfile();
  await leave(bench, [...back, ...talkers]);
  return { caughtUpMs, readP99: tally.read.at(99), readMax: tally.read.at(100), grownMib };
}

/**
 * @param {import("./people.mjs").Bench} bench
 * @param {{ name: string, token: string }} person
 * @param {import("./device.mjs").Cursor} since
 * @param {number} i
 */
async function comeBack(bench, { name, token }, since, i) {
  const host = Math.floor(i / PER_ADDRESS);
  const device = new Device(name, bench.server.url, bench.fail, `127.1.${host >> 7}.${host % 128}`);
  bench.devices.add(device);
  let entries = 0;
  device.listener.event = () => {
    entries += 1;
  };
  await device.opened();
  await device.hello({ token, deviceId: "bench", since });
  if (entries < 2 * WRITTEN) throw new Error(`${name} got ${entries} entries`);
  return device;
}

/**
 * Everybody writes to the next and gets as much; then they go. Their cursors are from before.
 * @param {import("./people.mjs").Bench} bench
 * @param {{ name: string, token: string }[]} people
 */
async function leaveWaiting(bench, people) {
  const devices = await each(people, ({ name, token }) => arrive(bench, name, { token }));
  const cursors = devices.map(({ cursor }) => ({ ...cursor }));
  await Promise.all(devices.map((device, i) => written(device, people[i ^ 1]?.name ?? "")));
  await leave(bench, devices);
  return cursors;
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
