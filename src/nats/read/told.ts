import type { Msg } from "@nats-io/transport-node";
import type { Entry } from "../../events/entry.ts";
import { ENDED_BEFORE_HEADER, ENDED_HEADER } from "../ended.ts";

/** The words that the broker puts before an entry of an answer to a direct get (NATS ADR-31). */
export interface Told {
  /** The stream that answered: a mirror says its own name. */
  readonly stream: string;
  readonly subject: string;
  readonly seq: number;
  /** When it was stored: `2026-11-27T17:00:21.44596Z`. */
  readonly time: string;
  /** In a batch: how many more there are behind it. */
  readonly pending: number;
  /** In a batch: seq of the entry sent before it; 0: it is the first. */
  readonly before: number;
}

const FIRST_LINE = "NATS/1.0\r\n";

/**
 * Reads what the broker tells of an entry, in one pass: its headers stand one behind the other and
 * behind those that the entry was stored with. A server that orders them in another way is understood,
 * too; of a name that is there twice the last one counts, which is the broker's. The library would make
 * a map of lists of all of them (3 µs, this 0.3).
 * @returns undefined when the message is no entry, but the end of an answer.
 */
export function readTold(msg: Sized): Told | undefined {
  const text = headOf(msg);
  if (!text.startsWith(FIRST_LINE)) return undefined;
  const head = new Head(text);
  return {
    stream: head.value(STREAM),
    subject: head.value(SUBJECT),
    seq: Number(head.value(SEQ)),
    time: head.value(TIME),
    pending: Number(head.value(PENDING)),
    before: Number(head.value(BEFORE)),
  };
}

/** The words that a group's actor has put before its fact (`ended.ts`): whose membership it ends, and the last fact that ended one. */
export function readEnvelope(msg: Sized): Pick<Entry, "ended" | "endedBefore"> {
  const head = new Head(headOf(msg));
  const [ended, before] = [head.value(ENDS), head.value(ENDED_BEFORE)];
  return {
    ...(ended !== "" && { ended }),
    ...(before !== "" && { endedBefore: Number(before) }),
  };
}

const header = (name: string): string => `\r\n${name}: `;
const STREAM = header("Nats-Stream");
const SUBJECT = header("Nats-Subject");
const SEQ = header("Nats-Sequence");
const TIME = header("Nats-Time-Stamp");
const PENDING = header("Nats-Num-Pending");
const BEFORE = header("Nats-Last-Sequence");
const ENDS = header(ENDED_HEADER);
const ENDED_BEFORE = header(ENDED_BEFORE_HEADER);

/** A block of headers that is read from front to back. */
class Head {
  readonly #text: string;
  /** Behind the value that was read last; at first unknown. */
  #at = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value of a header, which most often is the next one; "": there is none. */
  value(name: string): string {
    const text = this.#text;
    const at = text.startsWith(name, this.#at) ? this.#at : text.lastIndexOf(name);
    if (at < 0) return "";
    const end = text.indexOf("\r", at + name.length);
    this.#at = end;
    return text.slice(at + name.length, end);
  }
}

/** A message of the library's own making, which says how large it is: subjects, headers and data. */
export type Sized = Msg & { size(): number };

/**
 * The headers of a message as they came. The library keeps them in one piece of memory with the data, so
 * they are the bytes before it.
 */
function headOf(msg: Sized): string {
  const { data, subject, reply = "" } = msg;
  const bytes = msg.size() - subject.length - reply.length - data.length;
  return Buffer.from(data.buffer, data.byteOffset - bytes, bytes).toString("latin1");
}
