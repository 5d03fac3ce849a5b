// A device that was away comes back to 1000 messages.
import { arrive, leave, tokenFor } from "./people.mjs";
import { Device } from "./device.mjs";
import { BODY, IN_FLIGHT_MAX } from "./speaker.mjs";
import { latencies } from "./tally.mjs";

const WAITING = 1000;
const TRIES = 20;
/** Bound for all of them to arrive. */
const RECEIVED_MS = 60_000;

/**
 * One round: from the TCP connect to the first and to the 1000th message, several times with the same
 * cursor.
 * @param {import("./people.mjs").Bench} bench
 * @returns {Promise<Record<string, number>>}
 */
export async function resume(bench) {
  const [author, reader] = [`${bench.name}-author`, `${bench.name}-reader`];
  const token = await tokenFor(bench.server.url, reader);
  const away = await arrive(bench, reader, { token, deviceId: "away" });
  const since = { ...away.cursor };
  await leave(bench, [away]);
  await leaveWaiting(bench, author, reader);

  const [first, last] = [latencies(), latencies()];
  bench.server.toggleProfile();
  for (let i = 0; i < TRIES; i++) {
    const startedAt = performance.now();
    const device = new Device(reader, bench.server.url, bench.fail);
    bench.devices.add(device);
    const all = received(device, author);
    await device.opened();
    const caughtUp = device.hello({ token, deviceId: "away", since });
    const came = await all;
    first.record(came.first - startedAt);
    last.record(came.last - startedAt);
    await caughtUp;
    await leave(bench, [device]);
  }
  bench.server.toggleProfile();
  return {
    resumeP50: last.at(50),
    resumeMax: last.at(100),
    firstP50: first.at(50),
    rssMib: bench.server.residentKib() / 1024,
  };
}

/**
 * 1000 messages, stored and copied: another device of the reader has seen them all.
 * @param {import("./people.mjs").Bench} bench
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
  for (let i = 0; i < IN_FLIGHT_MAX; i++) send();
  await all;
  await leave(bench, [writer, witness]);
}

/**
 * The moments at which a device has the first and the last message of an author, each once and in order.
 * @param {Device} reader
 * @param {string} author
 * @returns {Promise<{ first: number, last: number }>}
 */
function received(reader, author) {
  let count = 0;
  let last = 0;
  let first = 0;
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`${reader.user} got ${count} of ${WAITING}`));
    const bound = setTimeout(late, RECEIVED_MS).unref();
    reader.listener.event = ({ event }) => {
      if (event.type !== "MessageSent" || event.author !== author || !("position" in event)) return;
      if (event.position <= last) throw new Error(`${author}:${event.position} out of order`);
      last = event.position;
      count += 1;
      if (count === 1) first = performance.now();
      if (count < WAITING) return;
      clearTimeout(bound);
      resolve({ first, last: performance.now() });
    };
  });
}
