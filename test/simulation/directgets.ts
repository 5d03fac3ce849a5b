import type { Msg } from "@nats-io/transport-node";
import { endMessage, entryMessage, messageOf, type Taken } from "./messages.ts";
import type { Replica, ReplicatedStream, Stored } from "./stream.ts";

interface Question {
  readonly stream: ReplicatedStream;
  readonly replica: Replica;
  /** Of a question for the last entry of one subject. */
  readonly subject: string;
  readonly taken: Taken;
  readonly now: number;
  /** It says that it has everything, whatever it has. */
  readonly lies: boolean;
}

interface Request {
  readonly multi_last?: readonly string[];
  readonly seq?: number;
  readonly batch?: number;
  readonly next_by_subj?: string;
}

const NOT_FOUND = 404;
const END = 204;

/** The messages by which a replica answers a direct get (NATS ADR-31): true of the log as far as that replica has it. */
export function answerDirect({ stream, replica, subject, taken, now, lies }: Question): Msg[] {
  const { reply } = taken;
  const upTo = stream.reach(replica, now);
  if (subject !== "") return [lastMessage(stream.lastOf(subject, upTo), reply)];
  const request = JSON.parse(taken.data) as Request;
  if (request.multi_last !== undefined) {
    const lasts = request.multi_last
      .flatMap((each) => stream.lastOf(each, upTo) ?? [])
      .sort((a, b) => a.seq - b.seq);
    return whole(reply, stream.name, lasts, { left: 0, upTo: lies ? stream.end : upTo });
  }
  const { seq = 1, batch = 1, next_by_subj: pattern = ">" } = request;
  const { found, left } = stream.next(pattern, seq, upTo, batch);
  return whole(reply, stream.name, found, { left, upTo });
}

function whole(
  reply: string,
  stream: string,
  entries: readonly Stored[],
  { left, upTo }: { left: number; upTo: number },
): Msg[] {
  if (entries.length === 0) return [endMessage(reply, NOT_FOUND)];
  const found = entries.map((entry, i) =>
    entryMessage(reply, stream, entry, {
      pending: entries.length - 1 - i + left,
      before: entries[i - 1]?.seq ?? 0,
    }),
  );
  const headers = {
    "Nats-Num-Pending": `${left}`,
    "Nats-Last-Sequence": `${entries.at(-1)?.seq ?? 0}`,
    "Nats-UpTo-Sequence": `${upTo}`,
  };
  return [...found, endMessage(reply, END, headers)];
}

const lastMessage = (entry: Stored | undefined, reply: string): Msg =>
  entry === undefined
    ? messageOf({ subject: reply, data: "", code: NOT_FOUND })
    : messageOf({
        subject: reply,
        data: entry.data,
        headers: { "Nats-Sequence": `${entry.seq}` },
      });
