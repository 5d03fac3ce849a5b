import type { Msg } from "@nats-io/transport-node";
import type { Stored } from "./stream.ts";

/** Messages as the library hands them over, without the library. */

/** A message as the cluster takes it. */
export interface Taken {
  readonly subject: string;
  readonly data: string;
  readonly reply: string;
  /** Headers as they stand in the message. */
  readonly head: string;
}

interface Parts {
  readonly subject: string;
  readonly data: string;
  readonly reply?: string;
  /** Code of a status. */
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers as they lie before the data, in one piece of memory. */
  readonly head?: string;
}

/** A message whose text is read as often as its bytes are: bytes are made of it when somebody asks. */
class Message {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get subject(): string {
    return this.#parts.subject;
  }
  get reply(): string {
    return this.#parts.reply ?? "";
  }
  get headers() {
    const { code = 0, headers = {} } = this.#parts;
    return { code, get: (name: string) => headers[name] ?? "" };
  }
  get data(): Uint8Array {
    const { head = "", data } = this.#parts;
    return Buffer.from(head + data).subarray(head.length);
  }
  size(): number {
    const { head = "", data } = this.#parts;
    return this.subject.length + this.reply.length + head.length + Buffer.byteLength(data);
  }
  string(): string {
    return this.#parts.data;
  }
  json(): unknown {
    return JSON.parse(this.#parts.data);
  }
}

export const messageOf = (parts: Parts): Msg => new Message(parts) as unknown as Msg;

/** An entry of an answer to a direct get: headers and data are one piece of memory. */
export function entryMessage(
  reply: string,
  stream: string,
  entry: Stored,
  { pending, before }: { pending: number; before: number },
): Msg {
  const head =
    `NATS/1.0\r\nNats-Stream: ${stream}\r\nNats-Subject: ${entry.subject}\r\n` +
    `Nats-Sequence: ${entry.seq}\r\nNats-Time-Stamp: ${entry.timestamp}\r\n` +
    `Nats-Num-Pending: ${pending}\r\nNats-Last-Sequence: ${before}\r\n` +
    `${entry.envelope ?? ""}\r\n`;
  const bytes = Buffer.from(head + entry.data);
  const dataBytes = bytes.length - head.length;
  const msg = {
    subject: reply,
    reply: "",
    data: bytes.subarray(bytes.length - dataBytes),
    string: () => entry.data,
    size: () => reply.length + bytes.length,
  };
  return msg as unknown as Msg;
}

/** The end of an answer to a direct get. */
export function endMessage(
  reply: string,
  code: number,
  headers: Readonly<Record<string, string>> = {},
): Msg {
  const bytes = Buffer.from(`NATS/1.0 ${code}\r\n\r\n`);
  const msg = {
    subject: reply,
    reply: "",
    data: bytes.subarray(bytes.length),
    headers: { code, get: (name: string) => headers[name] ?? "" },
    string: () => "",
    size: () => reply.length + bytes.length,
  };
  return msg as unknown as Msg;
}
