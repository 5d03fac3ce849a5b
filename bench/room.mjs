// A group with its members' devices, as the workloads of groups need it: made, filled, and followed by everybody.
import { setTimeout as sleep } from "node:timers/promises";
import { arrive, each, tokenFor } from "./people.mjs";
import { Member } from "./member.mjs";

/** People whom one ask may name. */
const USERS_MAX = 256;
/** A server lets so few strangers of one address in that these come from many, as they would. */
const PER_ADDRESS = 50;
/** Bound for everything of a room to come about. */
const ROOM_MS = 60_000;

/**
 * @typedef {import("./people.mjs").Place & Pick<import("./people.mjs").Bench, "signal">} Where a room is made
 *
 * @typedef {object} Rooms
 * @property {string} group
 * @property {import("./device.mjs").Device} author its creator's device
 * @property {Member[]} members the others' devices
 * @property {() => void} look from now on the members look at what they receive
 * @property {() => void} leave
 */

/**
 * A group of so many, one of whom writes.
 * @param {Where} bench
 * @param {{ name: string, size: number, receipts: boolean } & Pick<import("./member.mjs").Room, "has" | "told" | "startBytes">} room
 * @returns {Promise<Rooms>}
 */
export async function roomOf(bench, { name, size, receipts, ...watched }) {
  const { url } = bench.server;
  const author = await arrive(bench, `${name}-author`);
  const others = Array.from({ length: size - 1 }, (_, i) => `${name}-${i}`);
  const group = await made(bench, author, name, others);
  const room = { url, group, receipts, looks: false, fail: bench.fail, ...watched };
  const members = await each(others, async (user) => {
    const i = others.indexOf(user);
    const token = await tokenFor(url, user);
    const member = new Member(room, {
      user,
      token,
      from: `127.2.0.${1 + Math.floor(i / PER_ADDRESS)}`,
    });
    await within(member.ready, `${user} follows ${group}`);
    return member;
  });
  return {
    group,
    author,
    members,
    look: () => void (room.looks = true),
    leave: () => members.forEach((one) => one.leave()),
  };
}

/**
 * Makes the group; resolves with its id when all are in.
 * @param {Where} bench
 * @param {import("./device.mjs").Device} author
 * @param {string} name
 * @param {string[]} others
 */
async function made(bench, author, name, others) {
  let group = "";
  /** People in each group: its first event may come in one piece with the answer that names it. @type {Map<string, number>} */
  const people = new Map();
  const isIn = () => people.get(group) ?? 0;
  author.listener.event = ({ mailbox, event }) => {
    if (event.type !== "GroupChanged") return;
    const { change } = event;
    const come = change.do === "create" ? change.members : change.do === "add" ? change.users : [];
    people.set(mailbox, (people.get(mailbox) ?? 0) + come.length);
  };
  for (let from = 0; from < others.length; from += USERS_MAX) {
    const users = others.slice(from, from + USERS_MAX);
    const cid = `${name}.${1 + from / USERS_MAX}`;
    const ask =
      from === 0 ? { do: "create", name: "A room", members: users } : { do: "add", users };
    const answer = await author.ask({ t: "ask", cid, ...(group && { group }), ask });
    if (answer.t !== "asked") throw new Error(`no group: ${JSON.stringify(answer)}`);
    group = answer.group;
    // Somebody who is not in yet may not add: each ask waits for what came of the one before it.
    const due = 1 + Math.min(from + USERS_MAX, others.length);
    const deadline = Date.now() + ROOM_MS;
    while (isIn() < due) {
      if (Date.now() > deadline) throw new Error(`${isIn()} of ${due} are in the group`);
      await sleep(20, undefined, { signal: bench.signal });
    }
  }
  return group;
}

/**
 * @param {Promise<void>} done
 * @param {string} what
 */
function within(done, what) {
  const late = sleep(ROOM_MS, undefined, { ref: false }).then(() => {
    throw new Error(`not within ${ROOM_MS / 1000} s: ${what}`);
  });
  return Promise.race([done, late]);
}
