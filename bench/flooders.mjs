// A thread with all that flood, apart from the bystanders who measure: it begins to flood when it is told to, and
// answers each further message with the tolls until then.
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { Flooder } from "./flooder.mjs";
import { each, tokenFor } from "./people.mjs";
import { stepAside } from "./thread.mjs";

/** Frames per second of each socket. */
const PER_SECOND = 150;
const SOCKETS_PER_USER = 10;
/** The longest page there is. */
const ROWS = 100;
const WATCHED = 100;

/**
 * @typedef {{ user: string, asks: "history", peer: string } | { user: string, asks: "watch" }} Attack of one user
 * @typedef {import("./flooder.mjs").Tolls} Tolls
 */

const { url, attacks } = /** @type {{ url: string, attacks: Attack[] }} */ (workerData);
const port = parentPort;
if (port === null) throw new Error("flooders.mjs is a thread of the bench");
stepAside();

await once(port, "message");
const sockets = attacks.flatMap((attack) => Array.from({ length: SOCKETS_PER_USER }, () => attack));
const flooders = await each(sockets, async (attack) => {
  const token = await tokenFor(url, attack.user);
  const next = attack.asks === "history" ? historyOf(attack.peer) : watches();
  return new Flooder({ url, token, deviceId: "bench", perSecond: PER_SECOND, next });
});
port.postMessage("flooding");

port.on("message", () => {
  const sum = (/** @type {keyof Tolls} */ key) =>
    flooders.reduce((all, one) => all + one.tolls[key], 0);
  port.postMessage({ answers: sum("answers"), refusals: sum("refusals"), closed: sum("closed") });
});

/** @param {string} peer */
function historyOf(peer) {
  const text = JSON.stringify({ t: "history", peer, limit: ROWS, ref: "r" });
  return () => text;
}

/** A hundred people whom nobody has watched are watched, and then no longer. */
function watches() {
  let asked = 0;
  /** @type {string[]} */
  let users = [];
  return () => {
    asked += 1;
    if (asked % 2 === 0) return JSON.stringify({ t: "unwatch", users });
    users = Array.from({ length: WATCHED }, (_, i) => `watched-${asked}-${i}`);
    return JSON.stringify({ t: "watch", users });
  };
}
