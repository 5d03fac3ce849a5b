// A member's device in a large room. It is cheap, so that the server is measured: of an event it reads the mailbox, `seq` and `prev`,
// which it holds against what it has, and passes over the rest. It takes part in receipts as a client does: at most one a second.
import { connect } from "node:net";
import { answerReader, CLOSE, frame, handshake, PING, PONG, TEXT } from "./frames.mjs";

/** Each socket reads into the same memory of so many bytes all the time. */
const READ_BYTES = 65_536;
/** Bytes of a frame that are read at least: its type, its mailbox and its numbers stand there. */
const START_BYTES = 96;
/** A client tells how far it has received of a group so often at most. */
const RECEIPT_MS = 1000;

/**
 * @typedef {object} Room
 * @property {string} url of the server, `http://…`
 * @property {string} group
 * @property {(seq: number) => void} has is told of each event of the group that a member has got
 * @property {(error: Error) => void} fail
 * @property {boolean} receipts are told
 * @property {boolean} looks somebody looks at what comes: it is told to be read, too
 * @property {number} [startBytes] of a frame that are read, where `told` wants more than its numbers
 * @property {(member: Member, start: string) => void} [told] is told how each frame of text begins that a member has got
 */

export class Member {
  /** When it told of the last receipt, performance.now(). */
  toldAt = 0;
  user;
  #room;
  #tcp;
  #prefix;
  #seq = 0;
  #joined = false;
  #closing = false;
  /** @type {NodeJS.Timeout | undefined} */
  #due;
  /** @type {() => void} */
  #ready = () => {};

  /** Resolves when the group is followed and has caught up. @type {Promise<void>} */
  ready = new Promise((resolve) => (this.#ready = resolve));

  /**
   * @param {Room} room
   * @param {{ user: string, token: string, from: string, since?: object[] | undefined }} person `from`: the address it connects from
   */
  constructor(room, { user, token, from, since }) {
    this.#room = room;
    this.user = user;
    this.#prefix = `{"t":"event","mailbox":"${room.group}","seq":`;
    const startBytes = Math.max(START_BYTES, room.startBytes ?? 0);
    const read = answerReader((opcode, start) => this.#told(opcode, start), startBytes);
    const { hostname, port } = new URL(room.url);
    this.#tcp = connect({
      host: hostname,
      port: Number(port),
      localAddress: from,
      onread: {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (/** @type {number} */ size, /** @type {Uint8Array} */ memory) => {
          read(memory.subarray(0, size));
          return true;
        },
      },
    });
    this.#tcp.setNoDelay(true);
    this.#tcp.write(handshake(room.url));
    const hello = { t: "hello", token, deviceId: "bench", ...(since && { since }) };
    this.say(hello);
    this.#tcp.on("error", (error) => this.#fail(error.message));
    this.#tcp.on("close", () => this.#closing || this.#fail("closed"));
  }

  /** Nothing behind its end. @param {object} what */
  say(what) {
    if (this.#closing) return;
    this.#tcp.write(frame(TEXT, JSON.stringify(what)));
  }

  leave() {
    this.#closing = true;
    clearTimeout(this.#due);
    this.#tcp.end(frame(CLOSE));
  }

  /** @param {string} start the code in two bytes, and the reason */
  #ended(start) {
    if (this.#closing) return;
    this.#closing = true;
    const code = (start.charCodeAt(0) << 8) + start.charCodeAt(1);
    this.#fail(`closed: ${code} ${start.slice(2)}`);
    this.#tcp.end(frame(CLOSE));
  }

  /** @param {string} what */
  #fail(what) {
    this.#room.fail(new Error(`${this.user}: ${what}`));
  }

  /** @param {number} opcode @param {string} start */
  #told(opcode, start) {
    if (opcode === PING) this.#tcp.write(frame(PONG));
    else if (opcode === CLOSE) this.#ended(start);
    else if (start.startsWith(this.#prefix)) this.#follow(start);
    else if (start.startsWith('{"t":"error"') || start.startsWith('{"t":"resync"'))
      this.#fail(start);
    else if (start.startsWith(`{"t":"caughtUp","mailbox":"${this.#room.group}"`))
      this.#caughtUp(start);
    if (opcode === TEXT) this.#room.told?.(this, start);
  }

  /** @param {string} start */
  #follow(start) {
    const at = this.#prefix.length;
    const seq = Number.parseInt(start.slice(at), 10);
    const prev = Number.parseInt(start.slice(start.indexOf('"prev":', at) + 7), 10);
    const fits = this.#joined ? prev === this.#seq : prev <= this.#seq || this.#seq === 0;
    if (!fits || seq <= this.#seq) this.#fail(`has ${this.#seq}, was given ${seq} after ${prev}`);
    this.#seq = seq;
    this.#joined = true;
    this.#room.has(seq);
    if (this.#room.receipts && this.#due === undefined) this.#receive();
  }

  /** Tells how far it has received: the first at once, then at most every second. */
  #receive() {
    const wait = this.toldAt + RECEIPT_MS - performance.now();
    if (wait > 0) {
      this.#due = setTimeout(() => this.#tell(), wait);
    } else {
      this.#tell();
    }
  }

  #tell() {
    this.#due = undefined;
    this.toldAt = performance.now();
    const { group: peer, looks } = this.#room;
    for (const t of looks ? ["delivered", "read"] : ["delivered"])
      this.say({ t, peer, upTo: this.#seq });
  }

  /** @param {string} start */
  #caughtUp(start) {
    const seq = Number.parseInt(start.slice(start.indexOf('"seq":') + 6), 10);
    this.#seq = Math.max(this.#seq, seq);
    this.#ready();
  }
}
