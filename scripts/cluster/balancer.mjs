import { once } from "node:events";
import { createServer, request as send, STATUS_CODES } from "node:http";
import { connect } from "node:net";
import { connect as connectEncrypted } from "node:tls";
import { StartError } from "../run.mjs";
import { ask } from "./ask.mjs";
import { isWebSocket, onward, returned } from "./headers.mjs";

/** A gateway is asked so often how it is. */
const LOOK_MS = 500;
/** One that has not answered for so long, three looks one behind the other, is dead: its connections are cut, and it gets no new ones. */
const ANSWER_MS = 1_000;
const MISSES_MAX = 3;
/** Seconds after which a client may ask again while no gateway takes anybody in: a few looks. */
const AGAIN_S = 1;
/** Node 24.9 and later pass other offers than WebSocket over by themselves; from 26 on the body of such a request is lost else. @type {import("node:http").ServerOptions & { shouldUpgradeCallback: typeof isWebSocket }} */
const PASSES_OVER = { shouldUpgradeCallback: isWebSocket };

/**
 * @typedef {object} Target
 * @property {number} port
 * @property {boolean} admits Takes it new connections?
 * @property {number} misses
 * @property {Promise<void> | undefined} asked Until then an answer is waited for.
 * @property {Set<import("node:net").Socket>} sockets
 *
 * @typedef {import("node:http").IncomingMessage} Request
 */

/**
 * A balancer of HTTP and WebSockets: each request goes to the gateway with the fewest connections that says at /admitz that it takes new ones,
 * with the client's address in `X-Forwarded-For`. One that says no keeps those that are open; those of one that does not answer are cut, so that
 * clients come back to another.
 */
export class Balancer {
  /** @type {Target[]} */
  #targets;
  #port;
  #ca;
  #server = createServer(PASSES_OVER, (request, response) => void this.#answer(request, response));
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {number} port @param {number[]} targets Ports of the gateways. @param {string} [ca] The authority of their certificates, in PEM; undefined: they speak HTTP. */
  constructor(port, targets, ca) {
    this.#port = port;
    this.#ca = ca;
    this.#targets = targets.map((each) => ({
      port: each,
      admits: false,
      misses: 0,
      asked: undefined,
      sockets: new Set(),
    }));
    this.#server.on("upgrade", (request, socket, head) => void this.#tunnel(request, socket, head));
  }

  /** Resolves when every gateway was asked once. @throws {StartError} when the port is taken. */
  async start() {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening").catch(() => {
      throw new StartError(`port ${this.#port} on 127.0.0.1 is in use; set PORT to another`);
    });
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    await this.#look();
  }

  /** Asks every gateway how it is, unless it is being asked. */
  async #look() {
    await Promise.all(this.#targets.map((target) => (target.asked ??= this.#judge(target))));
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
    this.#server.closeAllConnections();
    for (const target of this.#targets) cutAll(target);
  }

  /** @param {Target} target */
  async #judge(target) {
    try {
      const url = `http${this.#ca ? "s" : ""}://127.0.0.1:${target.port}/admitz`;
      const answer = await ask(url, { ca: this.#ca, ms: ANSWER_MS });
      target.admits = answer.ok;
      target.misses = 0;
    } catch {
      if (++target.misses < MISSES_MAX) return;
      target.admits = false;
      cutAll(target);
    } finally {
      target.asked = undefined;
    }
  }

  /** @param {Request} request @param {import("node:http").ServerResponse} response */
  async #answer(request, response) {
    const way = await this.#reach();
    if (way === undefined) return void response.writeHead(503, { "Retry-After": AGAIN_S }).end();
    response.on("close", () => way.destroy());
    // A client that has gone before there was a way for it.
    if (response.destroyed) return void way.destroy();
    const { method, url } = request;
    const headers = onward(request);
    const asked = send({ method, path: url, headers, createConnection: () => way });
    asked.on("error", () => response.destroy());
    asked.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, returned(answer));
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
    request.pipe(asked);
  }

  /** A WebSocket: what both say goes on as it is. Another offer is passed over, and its request is the last of the connection. @param {Request} request @param {import("node:stream").Duplex} socket @param {Buffer} head */
  async #tunnel(request, socket, head) {
    socket.on("error", () => socket.destroy());
    const way = await this.#reach();
    if (way === undefined) return void socket.end(NOBODY);
    socket.on("close", () => way.destroy());
    way.on("close", () => socket.destroy());
    if (socket.destroyed) return void way.destroy();
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    const headers = [...onward(request), ...(isWebSocket(request) ? [] : ["Connection", "close"])];
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    way.write(`${lines.join("\r\n")}\r\n\r\n`);
    way.write(head);
    socket.pipe(way).pipe(socket);
  }

  /** A connection to the gateway with the fewest, or, where that one is not there, to another. */
  async #reach() {
    for (;;) {
      const [target] = this.#targets
        .filter(({ admits }) => admits)
        .toSorted((a, b) => a.sockets.size - b.sockets.size);
      if (target === undefined) return undefined;
      const to = { port: target.port, host: "127.0.0.1" };
      const way = this.#ca ? connectEncrypted({ ...to, ca: this.#ca }) : connect(to);
      way.setNoDelay();
      target.sockets.add(way);
      way.on("error", () => way.destroy());
      way.on("close", () => target.sockets.delete(way));
      // One that is cut before it is there closes, without an error.
      const there = this.#ca ? "secureConnect" : "connect";
      await Promise.race([once(way, there), once(way, "close")]).catch(() => undefined);
      if (!way.destroyed) return way;
      // Until the next look.
      target.admits = false;
    }
  }
}

/** The answer to a WebSocket while no gateway takes anybody in. */
const NOBODY = `HTTP/1.1 503 ${STATUS_CODES[503]}\r\nRetry-After: ${AGAIN_S}\r\nConnection: close\r\n\r\n`;

/** @param {Target} target */
function cutAll({ sockets }) {
  for (const socket of sockets) socket.destroy();
}
