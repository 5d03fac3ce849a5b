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
}

export function messageOf({ subject, data, reply = "", code = 0, headers = {} }: Parts): Msg {
  const msg = {
    subject,
    reply,
    headers: { code, get: (name: string) => headers[name] ?? "" },
    string: () => data,
    json: () => JSON.parse(data) as unknown,
    get data() {
      return Buffer.from(data);
    },
  };
  return msg as unknown as Msg;
}

/** The broker's time of an entry, as it writes it. */
export const timestampOf = ({ ns }: Stored): string => {
  const date = new Date(Number(ns.slice(0, -6))).toISOString().slice(0, -1);
  return `${date}${ns.slice(-6)}Z`;
};

/** An entry of an answer to a direct get: headers and data are one piece of memory. */
export function entryMessage(
  reply: string,
  stream: string,
  entry: Stored,
  { pending, before }: { pending: number; before: number },
): Msg {
  const head =
    `NATS/1.0\r\nNats-Stream: ${stream}\r\nNats-Subject: ${entry.subject}\r\n` +
    `Nats-Sequence: ${entry.seq}\r\nNats-Time-Stamp: ${timestampOf(entry)}\r\n` +
    `Nats-Num-Pending: ${pending}\r\nNats-Last-Sequence: ${before}\r\n\r\n`;
  const bytes = Buffer.from(head + entry.data);
  const msg = {
    subject: reply,
    reply: "",
    data: bytes.subarray(bytes.length - Buffer.byteLength(entry.data)),
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
