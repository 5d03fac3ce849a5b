// Bytes that a message to a room leaves in the log: with the receipts of all, and with everybody looking at it.
import { setTimeout as sleep } from "node:timers/promises";
import { bytesInLog } from "./broker.mjs";
import { leave } from "./people.mjs";
import { roomOf } from "./room.mjs";
import { BODY } from "./speaker.mjs";

/** Messages of each kind. Those that are looked at take as long as a reader's own entries are apart. */
const MESSAGES = 6;
/** Between two that are received: longer than receipts of a room of 200 are gathered for, so that each has receipts of its own. */
const RECEIVED_MS = 1500;
/** Between two that are looked at. */
const LOOKED_MS = 5000;
/** Until the receipts of the last one are in the log. */
const SETTLED_MS = 2500;

/**
 * One round: single messages to a group whose members receive them, and then look at them, too.
 * @param {import("./people.mjs").Bench} bench
 * @param {{ size: number }} shape
 * @returns {Promise<Record<string, number>>}
 */
export async function roomLog(bench, { size }) {
  const { name, server, signal } = bench;
  let devices = 0;
  const has = () => void (devices += 1);
  const room = await roomOf(bench, { name, size, receipts: true, has });
  let n = 0;
  const say = () => {
    const cid = `${name}log.${(n += 1)}`;
    room.author.write(`{"t":"send","cid":"${cid}","to":"${room.group}","body":"${BODY}"}`);
  };
  /** Bytes for each message of those that are said so far apart. @param {number} apartMs */
  const bytesPerMessage = async (apartMs) => {
    say();
    await sleep(SETTLED_MS, undefined, { signal });
    const before = await bytesInLog(server.data);
    devices = 0;
    for (let i = 0; i < MESSAGES; i++) {
      say();
      await sleep(apartMs, undefined, { signal });
    }
    if (apartMs < SETTLED_MS) await sleep(SETTLED_MS - apartMs, undefined, { signal });
    const bytes = (await bytesInLog(server.data)) - before;
    const due = MESSAGES * (size - 1);
    if (devices !== due) throw new Error(`${devices} of ${due} deliveries in time`);
    return bytes / MESSAGES;
  };
  const received = await bytesPerMessage(RECEIVED_MS);
  room.look();
  const lookedAt = await bytesPerMessage(LOOKED_MS);
  room.leave();
  await leave(bench, [room.author]);
  return { receivedKib: received / 1024, lookedAtKib: lookedAt / 1024 };
}
