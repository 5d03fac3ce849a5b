import type { Msg } from "@nats-io/transport-node";
import { headers } from "@nats-io/transport-node";
import type { Sized } from "../../src/nats/read/told.ts";

/** Messages of a broker, as the library hands them over: headers and data in one piece of memory. */
export function message(subject: string, head: string, data = ""): Sized {
  const bytes = Buffer.from(`${head}\r\n\r\n${data}`);
  const from = bytes.length - Buffer.byteLength(data);
  const code = Number(/^NATS\/1\.0 (\d+)/.exec(head)?.[1] ?? 0);
  const told = headers(code, code === 0 ? "" : "status");
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    told.append(line.slice(0, colon), line.slice(colon + 1));
  }
  const msg: Partial<Msg> & { size(): number } = {
    subject,
    reply: "",
    data: bytes.subarray(from),
    headers: told,
    string: () => data,
    size: () => subject.length + bytes.length,
  };
  return msg as Sized;
}

/** An entry as it stands in an answer to a direct get. */
export interface Answered {
  readonly subject: string;
  readonly seq: number;
  readonly stream?: string;
  readonly pending?: number;
  readonly before?: number;
  /** Headers that it was stored with. */
  readonly own?: readonly string[];
}

export const headOf = (entry: Answered): string => {
  const { subject, seq, stream = "MAILBOX_0", pending = 0, before = 0, own = [] } = entry;
  return [
    "NATS/1.0",
    ...own,
    `Nats-Stream: ${stream}`,
    `Nats-Subject: ${subject}`,
    `Nats-Sequence: ${seq}`,
    "Nats-Time-Stamp: 2026-01-01T00:00:00.5Z",
    `Nats-Num-Pending: ${pending}`,
    `Nats-Last-Sequence: ${before}`,
  ].join("\r\n");
};

/**
 * The whole answer to a batched direct get, or a 404 when there is nothing. `left`: how many more there
 * are; `upTo`: the last seq that the replica has, in an answer to a question for heads.
 */
export function answer(
  reply: string,
  found: readonly Answered[],
  { left = 0, upTo, stream }: { left?: number; upTo?: number; stream?: string } = {},
): Sized[] {
  if (found.length === 0) return [message(reply, "NATS/1.0 404 Message Not Found")];
  const entries = found.map((entry, i) =>
    message(
      reply,
      headOf({
        before: found[i - 1]?.seq ?? 0,
        pending: found.length - 1 - i + left,
        ...(stream !== undefined && { stream }),
        ...entry,
      }),
      "{}",
    ),
  );
  const end = [
    "NATS/1.0 204 EOB",
    `Nats-Num-Pending: ${left}`,
    `Nats-Last-Sequence: ${found.at(-1)?.seq ?? 0}`,
    ...(upTo === undefined ? [] : [`Nats-UpTo-Sequence: ${upTo}`]),
  ];
  return [...entries, message(reply, end.join("\r\n"))];
}
