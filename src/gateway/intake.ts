import type { Wire } from "./socket/wire.ts";

/** Frames about groups are read for so long in a turn of the loop: a pair's message crosses seven turns until it is read. */
const TURN_MS = 1;
/** Bytes of frames that wait, of all sockets; beyond it a frame is read at once. */
const BYTES_MAX = 16 * 1024 * 1024;
/** Begins the id of a group where a frame names one. A text of somebody's that has it waits like one about a group, and no longer. */
const GROUP = '"g-';

/** One who sends frames. */
export interface Sender {
  readonly wire: Pick<Wire, "pause" | "resume">;
  read(data: Buffer, isBinary: boolean): void;
}

interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** Frames of one socket that wait. */
interface Line {
  readonly messages: Message[];
  isPaused: boolean;
}

/**
 * Has frames of all sockets read. A thousand members who answer at once are readable in one turn of the loop: what they say to groups is read for a
 * ms of each turn, one of each in turn, and everybody else's words at once. Of one socket all is read in its order, and a socket
 * of which more comes while something waits is not read from (docs/adr/0070).
 */
export class Intake {
  readonly #now: () => number;
  /** First the one who waits longest. */
  readonly #waiting = new Map<Sender, Line>();
  #bytes = 0;
  /** ms of this turn. */
  #spent = 0;
  #isTurning = false;

  /** `now`: ms, monotonic. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A frame has come: it is read, now or in one of the next turns. */
  take(sender: Sender, data: Buffer, isBinary: boolean): void {
    const line = this.#waiting.get(sender);
    if (line === undefined && !data.includes(GROUP)) return sender.read(data, isBinary);
    if (this.#bytes + data.length > BYTES_MAX) {
      this.finish(sender);
      return sender.read(data, isBinary);
    }
    this.#turnOn();
    const message = { data, isBinary };
    if (line === undefined && this.#spent < TURN_MS) return this.#read(sender, message);
    this.#bytes += data.length;
    if (line === undefined) {
      this.#waiting.set(sender, { messages: [message], isPaused: false });
      return;
    }
    line.messages.push(message);
    if (!line.isPaused) sender.wire.pause();
    line.isPaused = true;
  }

  /** All of it is read now: nothing more will come, or too much waits. */
  finish(sender: Sender): void {
    const line = this.#waiting.get(sender);
    while (this.#waiting.get(sender) === line && line !== undefined) this.#next(sender, line);
  }

  #turnOn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#isTurning = false;
    this.#spent = 0;
    for (const [sender, line] of this.#waiting) {
      if (this.#spent >= TURN_MS) break;
      this.#next(sender, line);
    }
    if (this.#waiting.size > 0 || this.#spent > 0) this.#turnOn();
  };

  /** Reads the first one that waits of a socket; the others are behind those of all others. */
  #next(sender: Sender, line: Line): void {
    const message = line.messages.shift();
    this.#waiting.delete(sender);
    if (line.messages.length > 0) this.#waiting.set(sender, line);
    else if (line.isPaused) sender.wire.resume();
    if (message === undefined) return;
    this.#bytes -= message.data.length;
    this.#read(sender, message);
  }

  #read(sender: Sender, { data, isBinary }: Message): void {
    const began = this.#now();
    sender.read(data, isBinary);
    this.#spent += this.#now() - began;
  }
}
