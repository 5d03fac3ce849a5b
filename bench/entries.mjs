// A thread that puts entries straight into a mailbox stream, as the actors of peers put them: a million in a minute.
// Through the public protocol each costs a message's whole lifecycle. "tell" is answered with the seq of the last, "forget" takes
// away the snapshot of whose mailbox it is, so that it is read from the log.
import { parentPort, workerData } from "node:worker_threads";
import { atBroker } from "./broker.mjs";
import { BODY } from "./speaker.mjs";
import { stepAside } from "./thread.mjs";

/** Entries that go out before the broker's answer to one is waited for: it holds 10,000 at most that it has not stored. */
const BATCH = 1000;

/**
 * @typedef {object} Told
 * @property {string} data the folder of the server's data
 * @property {string} to
 * @property {string[]} peers each of which has written as many
 * @property {number} entries
 */
const port = parentPort;
if (port === null) throw new Error("entries.mjs is a thread of the bench");
stepAside();
port.on("message", (word) => {
  const told = /** @type {Told} */ (workerData);
  const work = word === "forget" ? forget : put;
  void atBroker(told.data, async (nc) => work(nc, told)).then((answer) => port.postMessage(answer));
});

/**
 * Waits for the broker's answer to the first, to each thousandth and to the last: their seqs say whether all between are stored.
 * @param {import("./broker.mjs").Connection} nc
 * @param {Told} told
 * @returns {Promise<number>} seq of the last entry
 */
async function put(nc, { to, peers, entries }) {
  const subject = (await subjects()).copySubject(to);
  let first = 0;
  let last = 0;
  for (let n = 0; n < entries; n++) {
    const author = peers[n % peers.length] ?? "";
    const copy = JSON.stringify(message(author, to, Math.floor(n / peers.length) + 1));
    if (n > 0 && n % BATCH !== 0 && n < entries - 1) nc.publish(subject, copy);
    else last = seqIn((await nc.request(subject, copy)).string());
    first ||= last;
  }
  if (last - first < entries - 1) throw new Error(`${last - first + 1} of ${entries} are stored`);
  return last;
}

/** @param {string} author @param {string} to @param {number} n */
function message(author, to, n) {
  return {
    type: "MessageSent",
    author,
    cause: n,
    to,
    cid: `turns.${n}`,
    body: BODY,
    position: n,
    sentAt: Date.now(),
  };
}

/** @param {import("./broker.mjs").Connection} nc @param {Told} told */
async function forget(nc, { to }) {
  const { kvStream, kvSubject, place } = await subjects();
  const filter = kvSubject("SNAPSHOT", place(to));
  const subject = `$JS.API.STREAM.PURGE.${kvStream("SNAPSHOT")}`;
  const answer = (await nc.request(subject, JSON.stringify({ filter }))).json();
  const { purged = 0 } = /** @type {{ purged?: number }} */ (answer);
  if (purged === 0)
    throw new Error(`no snapshot was there to be forgotten: ${JSON.stringify(answer)}`);
}

/** Subjects as the server that runs builds them. */
const subjects = () => import(new URL("../dist/nats/subjects.js", import.meta.url).href);

/** @param {string} answer */
function seqIn(answer) {
  const { seq, error } = JSON.parse(answer);
  if (error !== undefined) throw new Error(`an entry is not stored: ${answer}`);
  return seq;
}
