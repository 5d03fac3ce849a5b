// A thread with all members of a group, who all answer at once: it does as it is told, and answers when that is done.
// One whom the group refuses as it is busy waits as a client does (docs/protocol.md, rule 20) and says it again.
import { workerData } from "node:worker_threads";
import { leave } from "./people.mjs";
import { roomOf } from "./room.mjs";
import { BODY } from "./speaker.mjs";
import { fail, obey } from "./thread.mjs";

/** Bytes of an event in which its type and its author stand, and of a refusal all. */
const START_BYTES = 320;
const BUSY_MIN_MS = 1000;
const BUSY_MAX_MS = 5000;
/** A wait doubles up to this. */
const WAIT_MAX_MS = 60_000;

/** @typedef {{ n: number, busy: number }} Answerer `busy`: refusals in a row */

const { name, url, size } = /** @type {{ name: string, url: string, size: number }} */ (workerData);

/** @type {import("./room.mjs").Where} */
const place = { server: { url }, devices: new Set(), fail, signal: new AbortController().signal };
/** @type {import("./room.mjs").Rooms | undefined} */
let room;
/** @type {Map<import("./member.mjs").Member, Answerer>} */
const answerers = new Map();
let answering = false;
const tolls = { accepted: 0, refused: 0 };

obey({
  async gather() {
    room = await roomOf(place, {
      name,
      size,
      receipts: true,
      has: () => {},
      told,
      startBytes: START_BYTES,
    });
    for (const member of room.members) answerers.set(member, { n: 0, busy: 0 });
  },
  async answer() {
    answering = true;
    for (const member of answerers.keys()) answer(member);
  },
  /** Resolves to what the group has made of the answers. */
  async stop() {
    answering = false;
    return tolls;
  },
  async leave() {
    room?.leave();
    await leave(place, place.devices);
  },
});

/** @param {import("./member.mjs").Member} member */
function answer(member) {
  const one = answerers.get(member);
  if (!answering || one === undefined || room === undefined) return;
  one.n += 1;
  member.say({ t: "send", cid: `${member.user}.${one.n}`, to: room.group, body: BODY });
}

/** @param {import("./member.mjs").Member} member @param {string} start of a frame */
function told(member, start) {
  const one = answerers.get(member);
  if (one === undefined || !start.startsWith('{"t":"event"')) return;
  if (start.includes('"type":"Refused"')) {
    tolls.refused += 1;
    const [, retryAfterMs = "0"] = /"retryAfterMs":(\d+)/.exec(start) ?? [];
    const atRandom = BUSY_MIN_MS + Math.random() * (BUSY_MAX_MS - BUSY_MIN_MS);
    const wait = Math.min(WAIT_MAX_MS, (Number(retryAfterMs) + atRandom) * 2 ** one.busy);
    setTimeout(() => answer(member), wait);
    one.busy += 1;
  } else if (
    start.startsWith('{"t":"event","mailbox":"g-') &&
    start.includes(`"type":"MessageSent","author":"${member.user}"`)
  ) {
    tolls.accepted += 1;
    one.busy = 0;
    setImmediate(() => answer(member));
  }
}
