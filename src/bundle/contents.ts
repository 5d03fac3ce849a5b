import * as z from "zod";

/** The first bytes of a snapshot of nats-server 2.15 and newer. */
const MAGIC = "NATSARC1";
/** Bytes that the words before an entry's text take at most: five numbers, and a subject. */
const HEAD_BYTES_MAX = 5 * 10 + 4 * 1024;
/** The first entry is the state of the stream. */
const STATE = "state.json";
const STATE_BYTES_MAX = 1024 * 1024;

const State = z.looseObject({ messages: z.int(), first_seq: z.int(), last_seq: z.int() });

/** Numbers before the name of an entry. */
const NUMBERS = 5;

/** The words before an entry. */
interface Head {
  readonly name: string;
  readonly seq: number;
  readonly bytes: number;
  /** Of these words. */
  readonly size: number;
}

/**
 * Counts the entries of a snapshot as it comes, decompressed, without keeping them. Only the form of
 * nats-server 2.15 says where it ends; of an older one nothing is counted.
 */
export class Counter {
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of the entry's text that are still to come. */
  #skip = 0;
  #kind: "unknown" | "counted" | "other" = "unknown";
  #hasState = false;
  #counted = 0;
  #last = 0;
  #ended = false;

  /** @throws Error when it is damaged. */
  push(bytes: Buffer): void {
    if (this.#kind === "other") return;
    const passed = Math.min(this.#skip, bytes.length);
    this.#skip -= passed;
    if (passed === bytes.length) return;
    const more = bytes.subarray(passed);
    let rest = this.#rest.length === 0 ? more : Buffer.concat([this.#rest, more]);
    if (this.#kind === "unknown") {
      if (rest.length < MAGIC.length) return void (this.#rest = rest);
      this.#kind = rest.toString("latin1", 0, MAGIC.length) === MAGIC ? "counted" : "other";
      rest = rest.subarray(MAGIC.length);
    }
    this.#rest = this.#kind === "counted" ? this.#take(rest) : Buffer.alloc(0);
  }

  /**
   * The number of entries, when nothing more comes; undefined: it is of an older form.
   * @throws Error when it was cut short.
   */
  end(): number | undefined {
    if (this.#kind === "other") return undefined;
    if (!this.#ended) throw new Error("it was cut short");
    return this.#counted;
  }

  /** Takes what is complete, and returns what is not. */
  #take(bytes: Buffer): Buffer {
    let rest = bytes;
    for (;;) {
      if (this.#ended && rest.length > 0) throw new Error("something follows its end");
      const head = headOf(rest);
      if (head === undefined) return rest;
      const whole = head.size + head.bytes;
      if (this.#hasState) this.#count(head);
      else {
        assertState(head);
        if (rest.length < whole) return rest;
        State.parse(JSON.parse(rest.toString("utf8", head.size, whole)));
        this.#hasState = true;
      }
      if (rest.length < whole) {
        this.#skip = whole - rest.length;
        return Buffer.alloc(0);
      }
      rest = rest.subarray(whole);
    }
  }

  #count({ seq, name, bytes }: Head): void {
    if (seq === 0 && name === "" && bytes === 0) {
      this.#ended = true;
      return;
    }
    if (seq <= this.#last) throw new Error(`the entry ${seq} follows ${this.#last}`);
    this.#last = seq;
    this.#counted++;
  }
}

/** @throws Error, before it is waited for, when an entry is not the state. */
function assertState({ name, bytes }: Head): void {
  if (name !== STATE || bytes > STATE_BYTES_MAX)
    throw new Error("it does not begin with its state");
}

/** Name's length, time, seq, header's and body's length, name; undefined: not all of it is here. */
function headOf(bytes: Buffer): Head | undefined {
  const numbers: number[] = [];
  let at = 0;
  while (numbers.length < NUMBERS) {
    const number = uvarintAt(bytes, at);
    if (number === undefined) return incomplete(bytes);
    numbers.push(number.value);
    at += number.size;
  }
  const [length, , seq, header, body] = numbers as [number, number, number, number, number];
  if (length > HEAD_BYTES_MAX) throw new Error(`it has a name of ${length} bytes`);
  if (bytes.length < at + length) return incomplete(bytes);
  const name = bytes.toString("utf8", at, at + length);
  return { name, seq, bytes: header + body, size: at + length };
}

function incomplete(bytes: Buffer): undefined {
  if (bytes.length > HEAD_BYTES_MAX) throw new Error("it has an entry without an end");
}

/** A number and how many bytes it takes. The time, which is larger than a safe integer, is not exact. */
function uvarintAt(bytes: Buffer, from: number): { value: number; size: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let at = from; at < from + 10; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return { value, size: at - from + 1 };
  }
  throw new Error("it has a number of more than ten bytes");
}
