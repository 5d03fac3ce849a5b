// A user's device that asks without end, and comes back when it is sent away.
import WebSocket from "ws";

/** Before a socket that was closed is opened again. */
const BACK_MS = 1000;
/** Frames leave in turns of so many ms. */
const TURN_MS = 20;

/**
 * @typedef {{ answers: number, refusals: number, closed: number }} Tolls
 * @typedef {object} Flood
 * @property {string} url of the server, `http://…`
 * @property {string} token
 * @property {string} deviceId
 * @property {number} perSecond frames
 * @property {() => string} frame the next one
 */

/** One socket of somebody who means harm. It reads all that it is told, and believes nothing of it. */
export class Flooder {
  /** @type {Tolls} */
  tolls = { answers: 0, refusals: 0, closed: 0 };
  /** @type {Flood} */
  #flood;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #over = false;

  /** @param {Flood} flood */
  constructor(flood) {
    this.#flood = flood;
    this.#connect();
  }

  stop() {
    this.#over = true;
    clearInterval(this.#timer);
    this.#socket?.terminate();
  }

  #connect() {
    if (this.#over) return;
    const { url, token, deviceId } = this.#flood;
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/ws`, {
      origin: url,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    socket.on("open", () => {
      socket.send(JSON.stringify({ t: "hello", token, deviceId }));
      this.#pour(socket);
    });
    socket.on("message", (data) => this.#count(/** @type {Buffer} */ (data)));
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      clearInterval(this.#timer);
      if (this.#over) return;
      this.tolls.closed += 1;
      setTimeout(() => this.#connect(), BACK_MS).unref();
    });
  }

  /** @param {WebSocket} socket */
  #pour(socket) {
    let welcomed = false;
    let owed = 0;
    socket.once("message", () => {
      welcomed = true;
    });
    this.#timer = setInterval(() => {
      if (!welcomed || socket.readyState !== WebSocket.OPEN) return;
      owed += (this.#flood.perSecond * TURN_MS) / 1000;
      for (; owed >= 1; owed--) socket.send(this.#flood.frame());
    }, TURN_MS);
  }

  /** @param {Buffer} data */
  #count(data) {
    const start = data.toString("latin1", 0, 16);
    if (start.startsWith('{"t":"reply"') || start.startsWith('{"t":"presence"'))
      this.tolls.answers += 1;
    else if (start.startsWith('{"t":"error"')) this.tolls.refusals += 1;
  }
}
