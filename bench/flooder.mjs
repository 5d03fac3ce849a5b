// A user's device that asks without end, and comes back when it is sent away. It is cheap, since its answers are
// megabytes: bytes are counted and let go, no message is put together.
import { connect } from "node:net";
import { answerReader, CLOSE, frame, handshake, PING, PONG, TEXT } from "./frames.mjs";

/** Before a socket that was closed is opened again. */
const BACK_MS = 1000;
/** Frames leave in turns of so many ms. */
const TURN_MS = 20;
/** Each socket reads into the same memory of so many bytes all the time. */
const READ_BYTES = 65_536;
/** Questions that the server does not read any more need not be kept. */
const UNSENT_BYTES_MAX = 1_048_576;

/**
 * @typedef {{ answers: number, refusals: number, closed: number }} Tolls
 * @typedef {object} Flood
 * @property {string} url of the server, `http://…`
 * @property {string} token
 * @property {string} deviceId
 * @property {number} perSecond frames
 * @property {() => string} next the text of the next frame
 */

/** One socket of somebody who means harm. It reads all that it is told, and believes nothing of it. */
export class Flooder {
  /** @type {Tolls} */
  tolls = { answers: 0, refusals: 0, closed: 0 };
  /** @type {Flood} */
  #flood;
  /** @type {import("node:net").Socket | undefined} */
  #tcp;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {Flood} flood */
  constructor(flood) {
    this.#flood = flood;
    this.#connect();
  }

  #connect() {
    const { url, token, deviceId } = this.#flood;
    const { hostname, port } = new URL(url);
    const read = answerReader((opcode, start) => this.#told(opcode, start));
    const tcp = connect({
      host: hostname,
      port: Number(port),
      onread: {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (/** @type {number} */ size, /** @type {Uint8Array} */ memory) => {
          read(memory.subarray(0, size));
          return true;
        },
      },
    });
    this.#tcp = tcp;
    tcp.write(handshake(url));
    tcp.write(frame(TEXT, JSON.stringify({ t: "hello", token, deviceId })));
    tcp.on("error", () => {}); // "close" follows
    tcp.on("close", () => {
      clearInterval(this.#timer);
      this.tolls.closed += 1;
      setTimeout(() => this.#connect(), BACK_MS);
    });
  }

  /** @param {number} opcode @param {string} start */
  #told(opcode, start) {
    if (opcode === CLOSE) this.#tcp?.end(frame(CLOSE));
    else if (opcode === PING) this.#tcp?.write(frame(PONG));
    else if (start.startsWith('{"t":"welcome"')) this.#pour();
    else if (start.startsWith('{"t":"reply"') || start.startsWith('{"t":"presence"'))
      this.tolls.answers += 1;
    else if (start.startsWith('{"t":"error"')) this.tolls.refusals += 1;
  }

  #pour() {
    const tcp = this.#tcp;
    let owed = 0;
    this.#timer = setInterval(() => {
      if (tcp?.writable !== true || tcp.writableLength > UNSENT_BYTES_MAX) return;
      owed += (this.#flood.perSecond * TURN_MS) / 1000;
      tcp.cork();
      for (; owed >= 1; owed--) tcp.write(frame(TEXT, this.#flood.next()));
      tcp.uncork();
    }, TURN_MS);
  }
}
