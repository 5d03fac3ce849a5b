// One socket of one user, as cheap as a load can be that still checks what it is told: raw `ws`,
// one JSON.parse per frame, and whatever is written within one tick leaves in one segment.
import { connect } from "node:net";
import WebSocket from "ws";

/** Bound for anything a device waits for. */
const ANSWER_MS = 30_000;

/**
 * @typedef {import("../src/protocol/frames/frame.ts").ServerFrame} ServerFrame
 * @typedef {Extract<ServerFrame, { t: "event" }>} EventFrame
 * @typedef {Extract<ServerFrame, { t: "sent" }>} SentFrame
 * @typedef {{ epoch: string, seq: number }} Cursor
 * @typedef {{ sent(frame: SentFrame): void, event(frame: EventFrame): void, pong?(): void }} Listener
 * @typedef {Cursor & { mailbox: string }} GroupCursor
 * @typedef {Cursor & { isChained: boolean }} Chain
 */

/** A device that is connected and says hello when it is told to. */
export class Device {
  /** Where it is in its own mailbox. @type {Cursor} */
  cursor = { epoch: "", seq: 0 };
  /** Gets what concerns messages. @type {Listener} */
  listener = { sent: () => {}, event: () => {} };
  /** @type {WebSocket} */
  #socket;
  /** @type {import("node:net").Socket | undefined} */
  #tcp;
  #corked = false;
  #closing = false;
  /** The groups that it follows. Before the first event of a mailbox, `prev` may lie anywhere up to the cursor. @type {Map<string, Chain>} */
  #groups = new Map();
  #chained = false;
  #head = 0;
  #refs = 0;
  /** @type {Map<string, (frame: ServerFrame) => void>} */
  #asked = new Map();

  /**
   * @param {string} user
   * @param {string} url of the server, `http://…`
   * @param {(error: Error) => void} fail is told of anything that does not follow the protocol
   * @param {string} [from] the address it connects from: a server counts strangers per address
   */
  constructor(user, url, fail, from) {
    this.user = user;
    this.fail = (/** @type {unknown} */ error) => fail(new Error(`${user}: ${String(error)}`));
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/v1/ws`, {
      origin: url, // as the demo page sends it: by default a server admits no other
      perMessageDeflate: false,
      skipUTF8Validation: true,
      createConnection: (/** @type {any} */ to) =>
        (this.#tcp = connect({ ...to, ...(from !== undefined && { localAddress: from }) })),
    });
    this.#socket.on("message", (data) => this.#receive(/** @type {Buffer} */ (data).toString()));
    this.#socket.on("error", this.fail);
    this.#socket.on("close", (code, reason) => {
      if (!this.#closing) this.fail(`closed: ${code} ${reason.toString()}`);
    });
  }

  /** Resolves when hello may be said. */
  opened() {
    return this.#waitFor("upgrade", (done) => this.#socket.once("open", done));
  }

  /**
   * Says hello; resolves when everything up to its own session has arrived.
   * @param {{ token: string, deviceId: string, since?: Cursor, groups?: GroupCursor[] }} options
   */
  async hello({ token, deviceId, since, groups = [] }) {
    if (since) this.cursor = { ...since };
    const cursor = since && [{ mailbox: this.user, ...since }, ...groups];
    const caughtUp = this.#waitFor("caughtUp", (done) => this.#asked.set("caughtUp", done));
    this.write(JSON.stringify({ t: "hello", token, deviceId, ...(cursor && { since: cursor }) }));
    await caughtUp;
  }

  /**
   * Asks for something that is replied to with the same `ref`.
   * @param {{ t: string } & Record<string, unknown>} question
   * @returns {Promise<ServerFrame>} a reply, or an error the server says may be retried
   */
  ask(question) {
    const ref = `r${(this.#refs += 1)}`;
    return this.#waitFor(question.t, (done) => {
      this.#asked.set(ref, done);
      this.write(JSON.stringify({ ...question, ref }));
    });
  }

  /** Sends a frame; all of one tick go out together. @param {string} text */
  write(text) {
    if (!this.#corked && this.#tcp) {
      this.#corked = true;
      this.#tcp.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#tcp?.uncork();
      });
    }
    this.#socket.send(text);
  }

  /** Where it is in the groups that it follows. @returns {GroupCursor[]} */
  get groups() {
    return [...this.#groups].map(([mailbox, { epoch, seq }]) => ({ mailbox, epoch, seq }));
  }

  get open() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  close() {
    this.#closing = true;
    return this.#waitFor("close", (done) => {
      this.#socket.once("close", done);
      this.#socket.close(1000);
    });
  }

  /** Ends the socket without a word, when the round has failed anyway. */
  drop() {
    this.#closing = true;
    this.#socket.terminate();
  }

  /** @param {string} text */
  #receive(text) {
    try {
      this.#take(JSON.parse(text));
    } catch (error) {
      this.fail(error);
    }
  }

  /** @param {ServerFrame} frame */
  #take(frame) {
    switch (frame.t) {
      case "event":
        return this.#follow(frame);
      case "sent":
        return this.listener.sent(frame);
      case "pong":
        return this.listener.pong?.();
      case "welcome":
        this.cursor.epoch = frame.epoch;
        this.#head = frame.head;
        return;
      case "follows":
        for (const { mailbox, epoch, seq } of frame.mailboxes)
          this.#groups.set(mailbox, { epoch, seq, isChained: false });
        return;
      case "asked":
        return this.#answer(String(frame.ref), frame);
      case "caughtUp":
        if (frame.mailbox !== this.user) return this.#caughtUpWith(frame);
        if (frame.seq !== this.#head || this.cursor.seq < frame.seq)
          throw new Error(`caught up to ${frame.seq}, but has ${this.cursor.seq}`);
        return this.#answer("caughtUp", frame);
      case "reply":
        return this.#answer(String(frame.ref), frame);
      case "error":
        if (frame.retryable && frame.ref !== undefined)
          return this.#answer(String(frame.ref), frame);
    }
    throw new Error(`refused or unexpected: ${JSON.stringify(frame)}`);
  }

  /**
   * Every entry names the one before it: a gap or a repeat ends the run.
   * @param {EventFrame} frame
   */
  #follow(frame) {
    if (frame.mailbox !== this.user) return this.#followGroup(frame);
    const { seq } = this.cursor;
    const fits = this.#chained ? frame.prev === seq : frame.prev <= seq && frame.seq > seq;
    if (!fits) throw new Error(`has ${seq}, was given ${frame.seq} after ${frame.prev}`);
    this.#chained = true;
    this.cursor.seq = frame.seq;
    this.listener.event(frame);
  }

  /** @param {EventFrame} frame */
  #followGroup(frame) {
    const chain = this.#groups.get(frame.mailbox);
    if (chain === undefined) throw new Error(`an event of ${frame.mailbox}, which is not followed`);
    const { epoch, seq, isChained } = chain;
    const fits = isChained ? frame.prev === seq : frame.prev <= seq && frame.seq > seq;
    if (!fits) throw new Error(`has ${seq}, was given ${frame.seq} after ${frame.prev}`);
    this.#groups.set(frame.mailbox, { epoch, seq: frame.seq, isChained: true });
    this.listener.event(frame);
  }

  /** @param {Extract<ServerFrame, { t: "caughtUp" }>} frame */
  #caughtUpWith({ mailbox, seq }) {
    const chain = this.#groups.get(mailbox);
    if (chain !== undefined && chain.seq < seq) chain.seq = seq;
  }

  /** @param {string} ref @param {ServerFrame} frame */
  #answer(ref, frame) {
    const done = this.#asked.get(ref);
    if (!done) throw new Error(`an answer to nothing: ${JSON.stringify(frame)}`);
    this.#asked.delete(ref);
    done(frame);
  }

  /**
   * @param {string} what
   * @param {(done: (answer?: any) => void) => void} start
   * @returns {Promise<any>}
   */
  #waitFor(what, start) {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${this.user}: no ${what} in ${ANSWER_MS / 1000} s`));
      const timer = setTimeout(late, ANSWER_MS).unref();
      start((answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }
}
