// A device that was away comes back to 1000 messages.
import { arrive, leave, tokenFor } from "./people.mjs";
import { Device } from "./device.mjs";
import { BODY } from "./speaker.mjs";
import { latencies } from "./tally.mjs";

const WAITING = 1000;
const TRIES = 20;
/** A server lets only so many sends of one session wait to be stored. */
const IN_FLIGHT = 50;
/** Bound for all of them to arrive. */
const RECEIVED_MS = 60_000;

/**
 * One round: from hello to the 1000th message, on a socket that is open already, several times
 * with the same cursor.
 * @param {import("./run.mjs").Bench} bench
 * @returns {Promise<Record<string, number>>}
 */
export async function resume(bench) {
  const [author, reader] = [`${bench.name}-author`, `${bench.name}-reader`];
  const token = await tokenFor(bench.server.url, reader);
  const away = await arrive(bench, reader, { token, deviceId: "away" });
  const since = { ...away.cursor };
  await leave(bench, [away]);
  await leaveWaiting(bench, author, reader);

  const times = latencies();
  bench.server.toggleProfile();
  for (let i = 0; i < TRIES; i++) {
    const device = new Device(reader, bench.server.url, bench.fail);
    bench.devices.add(device);
    await device.opened();
    const all = received(device, author);
    const startedAt = performance.now();
    const caughtUp = device.hello({ token, deviceId: "away", since });
    times.record((await all) - startedAt);
    await caughtUp;
    await leave(bench, [device]);
  }
  bench.server.toggleProfile();
  return {
    resumeP50: times.at(50),
    resumeMax: times.at(100),
    rssMib: bench.server.residentKib() / 1024,
  };
}

/**
 * 1000 messages, stored and copied: another device of the reader has seen them all.
 * @param {import("./run.mjs").Bench} bench
 * @param {string} author
 * @param {string} reader
 */
async function leaveWaiting(bench, author, reader) {
  const [writer, witness] = [await arrive(bench, author), await arrive(bench, reader)];
  const all = received(witness, author);
  let n = 0;
  const send = () => {
    n += 1;
    writer.write(JSON.stringify({ t: "send", cid: `${author}.${n}`, to: reader, body: BODY }));
  };
  writer.listener.sent = () => n < WAITING && send();
  for (let i = 0; i < IN_FLIGHT; i++) send();
  await all;
  await leave(bench, [writer, witness]);
}

/**
 * The moment at which a device has all messages of an author, each once and in order.
 * @param {Device} reader
 * @param {string} author
 * @returns {Promise<number>}
 */
function received(reader, author) {
  let count = 0;
  let last = 0;
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`${reader.user} got ${count} of ${WAITING}`));
    const bound = setTimeout(late, RECEIVED_MS).unref();
    reader.listener.event = ({ event }) => {
      if (event.type !== "MessageSent" || event.author !== author || !("position" in event)) return;
      if (event.position <= last) throw new Error(`${author}:${event.position} out of order`);
      last = event.position;
      count += 1;
      if (count < WAITING) return;
      clearTimeout(bound);
      resolve(performance.now());
    };
  });
}
