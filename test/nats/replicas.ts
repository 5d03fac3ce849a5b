import type { Msg } from "@nats-io/transport-node";
import type { Link } from "../../src/nats/connection.ts";
import type { Request } from "../../src/nats/read/gets.ts";
import { Owners } from "../../src/nats/owners.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { copySubject, factSubject, ownerSubject } from "../../src/nats/subjects.ts";
import type { Topology } from "../../src/nats/topology.ts";
import { answer } from "./answers.ts";

export interface Stored {
  readonly seq: number;
  readonly subject: string;
}

/** A server that answers a direct get: a replica with the log up to a seq, or a mirror without some of it. */
export interface Replica {
  readonly upTo: number;
  readonly lacks?: readonly string[];
  /** A mirror that was made later has nothing before. */
  readonly from?: number;
  /** Its name, where it is another stream. */
  readonly stream?: string;
}

const OWNERS = new Owners([
  {
    seq: 1,
    owner: { type: "StreamBegan", epoch: "e", earlier: [], marks: [], rules: 1, layout: 1 },
  },
]);
export const FACTS = factSubject("alice");
export const COPIES = copySubject("alice");
export const OWNER = { seq: 1, subject: ownerSubject(0) };

/** A question that came, and a way to answer it when the time has come. */
export interface Asked {
  readonly request: Request;
  readonly answer: (by: Replica) => void;
}

/** A mailbox log over a broker whose every answer is given by hand. */
export function asked(
  entries: readonly Stored[],
  hear: (question: Asked) => void,
  perPage = Infinity,
): MailboxLog {
  let told: (msg: Msg) => void = () => undefined;
  const nc = {
    subscribe: (_subject: string, { callback }: { callback: (_: null, msg: Msg) => void }) => {
      told = (msg) => callback(null, msg);
    },
    publish: (_subject: string, text: string, { reply }: { reply: string }) => {
      const request = JSON.parse(text) as Request;
      const by = (replica: Replica): void => {
        for (const msg of answered(entries, request, { reply, replica, perPage })) told(msg);
      };
      hear({ request, answer: by });
    },
  };
  const inbox = (): string => "_INBOX_posthorn.spec";
  const link = { nc, inbox, connected: () => true, onReconnect: () => () => undefined };
  const topology = { partitionOf: () => 0, owners: OWNERS };
  const mailboxes = new MailboxLog(link as unknown as Link, topology as unknown as Topology);
  mailboxes.start();
  return mailboxes;
}

/** One whose direct gets are answered at once, by whichever replica comes next. */
export const replicated = (
  entries: readonly Stored[],
  next: (request: Request) => Replica,
  perPage?: number,
): MailboxLog => asked(entries, (each) => each.answer(next(each.request)), perPage);

function answered(
  entries: readonly Stored[],
  request: Request,
  { reply, replica, perPage }: { reply: string; replica: Replica; perPage: number },
): Msg[] {
  const { upTo, lacks = [], from = 0, stream } = replica;
  const has = entries.filter(
    ({ seq, subject }) => seq >= from && seq <= upTo && !lacks.includes(subject),
  );
  const named = stream === undefined ? {} : { stream };
  if ("multi_last" in request) {
    const lasts = request.multi_last
      .flatMap((subject) => has.findLast((entry) => entry.subject === subject) ?? [])
      .toSorted((a, b) => a.seq - b.seq);
    return answer(reply, lasts, { upTo, ...named });
  }
  const found = has.filter(
    ({ seq, subject }) => seq >= request.seq && [subject, ">"].includes(request.next_by_subj),
  );
  const page = found.slice(0, Math.min(request.batch, perPage));
  return answer(reply, page, { left: found.length - page.length, ...named });
}

/** All of alice's that is read in (after, upTo]. */
export async function seqsOf(log: MailboxLog, after: number, upTo: number): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { entries } of log.read("alice", after, upTo))
    seqs.push(...entries.map(({ seq }) => seq));
  return seqs;
}
