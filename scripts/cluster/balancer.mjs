import { once } from "node:events";
import { connect, createServer } from "node:net";
import { StartError } from "../run.mjs";

/** A gateway is asked so often how it is. */
const LOOK_MS = 500;
/** One that has not answered for so long, three looks in a row, is dead: its connections are cut, and it gets no new ones. */
const ANSWER_MS = 1_000;
const MISSES_MAX = 3;

/**
 * @typedef {object} Target
 * @property {number} port
 * @property {boolean} admits Takes it new connections?
 * @property {number} misses
 * @property {Set<import("node:net").Socket>} sockets
 */

/**
 * A balancer of connections: each goes to the gateway with the fewest that says at /admitz that it takes new ones. One that says no keeps
 * those that are open; those of one that does not answer are cut, so that clients come back to another.
 */
export class Balancer {
  /** @type {Target[]} */
  #targets;
  #port;
  #server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#carry(socket));
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {number} port @param {number[]} targets Ports of the gateways. */
  constructor(port, targets) {
    this.#port = port;
    this.#targets = targets.map((each) => ({
      port: each,
      admits: false,
      misses: 0,
      sockets: new Set(),
    }));
  }

  /** @throws {StartError} when the port is taken. */
  async start() {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening").catch(() => {
      throw new StartError(`port ${this.#port} on 127.0.0.1 is in use; set PORT to another`);
    });
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** Asks every gateway how it is. */
  async look() {
    await Promise.all(this.#targets.map((target) => this.#judge(target)));
  }

  /** Does every gateway take new connections? */
  get admitsAll() {
    return this.#targets.every(({ admits }) => admits);
  }

  /** The connections to each gateway, in the order in which they were named. */
  get connections() {
    return this.#targets.map(({ sockets }) => sockets.size);
  }

  stop() {
    clearInterval(this.#timer);
    this.#server.close();
    for (const { sockets } of this.#targets) for (const socket of sockets) socket.destroy();
  }

  /** @param {Target} target */
  async #judge(target) {
    try {
      const answer = await fetch(`http://127.0.0.1:${target.port}/admitz`, {
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      target.admits = answer.ok;
      target.misses = 0;
    } catch {
      if (++target.misses < MISSES_MAX) return;
      target.admits = false;
      for (const socket of target.sockets) socket.destroy();
    }
  }

  /** @param {import("node:net").Socket} socket */
  #carry(socket) {
    socket.on("error", () => socket.destroy());
    this.#lead(
      socket,
      this.#targets
        .filter(({ admits }) => admits)
        .toSorted((a, b) => a.sockets.size - b.sockets.size),
    );
  }

  /** To the first of some gateways that is there. @param {import("node:net").Socket} socket @param {Target[]} targets */
  #lead(socket, [target, ...others]) {
    if (target === undefined) return void socket.destroy();
    const { sockets } = target;
    const onward = connect({ port: target.port, host: "127.0.0.1", noDelay: true });
    sockets.add(socket);
    const next = () => {
      sockets.delete(socket);
      target.admits = false;
      this.#lead(socket, others);
    };
    onward.once("error", next);
    onward.once("connect", () => {
      onward.off("error", next);
      onward.on("error", () => socket.destroy());
      onward.on("close", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        onward.destroy();
      });
      if (socket.destroyed) onward.destroy();
      socket.pipe(onward).pipe(socket);
    });
  }
}
