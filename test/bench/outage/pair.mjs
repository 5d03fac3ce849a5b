// Two people by the client of the package: one writes, the other is shown it, whatever dies meanwhile.
import WebSocket from "ws";
import { createChatClient } from "../../../dist/client/client.js";
import { SLOTS } from "../../../dist/events/limits.js";
import { slotOf } from "../../../dist/nats/slots.js";
import { tokenFor } from "../../../bench/people.mjs";

const PARTITIONS = 16;
const ONLINE_MS = 60_000;

/** A user whose mailbox lies in partition `k`. @param {string} name @param {number} k */
export function userOf(name, k) {
  for (let i = 0; ; i++) {
    const user = `${name}-${i}`;
    if (Math.floor((slotOf(user) * PARTITIONS) / SLOTS) === k) return user;
  }
}

/**
 * A client that is online.
 * @param {string} url of the front
 * @param {string} user
 * @param {string} [first] The gateway that it goes to first, as a URL; later it goes to the front.
 */
export async function client(url, user, first = url) {
  let next = first;
  class Socket extends WebSocket {
    constructor() {
      super(`${next.replace("http", "ws")}/v1/ws`, { origin: url, perMessageDeflate: false });
      next = url;
    }
  }
  // A connection that is kept may be closed by the server as it is used.
  const token = await tokenFor(url, user).catch(() => tokenFor(url, user));
  const made = createChatClient({
    url: `${url.replace("http", "ws")}/v1/ws`,
    user,
    getToken: () => Promise.resolve(token),
    webSocket: Socket,
  });
  made.connect();
  const until = Date.now() + ONLINE_MS;
  while (made.connection.state !== "online") {
    if (Date.now() > until) throw new Error(`${user} does not come in`);
    await new Promise((done) => setTimeout(done, 20));
  }
  return made;
}

/** @typedef {{ sentAt: number, shownAt: number }} Message `shownAt` Infinity: not yet. */

/** Everything that one has written to the other, when that was shown, and what the two have noticed of a fault. */
export class Pair {
  /** @type {Message[]} */
  messages = [];
  /** How often one of the two was not online any more. */
  parted = 0;
  /** Errors that one of the two was told. */
  errors = 0;
  /** Why a socket of the two had ended, each time that one of them waited for the next. @type {string[]} */
  reasons = [];
  #author;
  #to;
  #reader;

  /** @param {import("../../../dist/client/client.js").ChatClient} author @param {import("../../../dist/client/client.js").ChatClient} reader */
  constructor(author, reader) {
    this.#author = author;
    this.#reader = reader;
    this.#to = reader.user ?? "";
    reader.on("message", ({ message }) => {
      const told = this.messages[Number(message.body)];
      if (message.mine || told === undefined) return;
      if (told.shownAt !== Infinity) throw new Error(`${message.body} was shown twice`);
      told.shownAt = performance.now();
    });
    for (const each of [author, reader]) this.#watch(each);
  }

  /** @param {import("../../../dist/client/client.js").ChatClient} client */
  #watch(client) {
    let was = client.connection;
    client.on("error", () => this.errors++);
    client.subscribe(() => {
      const { state, reason = "not said" } = client.connection;
      if (was.state === "online" && state !== "online") this.parted++;
      if (was !== client.connection && state === "waiting") this.reasons.push(reason);
      was = client.connection;
    });
  }

  write() {
    this.messages.push({ sentAt: performance.now(), shownAt: Infinity });
    this.#author.send(this.#to, String(this.messages.length - 1));
  }

  /** How many have not been shown. */
  get open() {
    return this.messages.filter(({ shownAt }) => shownAt === Infinity).length;
  }

  async close() {
    await Promise.all([this.#author.close(), this.#reader.close()]);
  }
}
