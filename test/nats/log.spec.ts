import { headers, type Msg } from "@nats-io/transport-node";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { copySubject, factSubject } from "../../src/nats/subjects.ts";
import type { Topology } from "../../src/nats/topology.ts";

interface Stored {
  readonly seq: number;
  readonly subject: string;
}

interface LeaderQuery {
  readonly seq?: number;
  readonly next_by_subj?: string;
  readonly last_by_subj?: string;
}

/** Alice's mailbox in a replicated stream, read from a replica that knows `applied()` of it. */
function replicated(entries: readonly Stored[], applied: () => number, elections = 0) {
  let hear: (msg: Partial<Msg>) => void = () => undefined;
  const next = (subject: string, from: number, upTo: number): Stored[] =>
    entries.filter((each) => each.subject === subject && each.seq >= from && each.seq <= upTo);
  const nc = {
    subscribe: (_subject: string, { callback }: { callback: (_: null, msg: Msg) => void }) => {
      hear = (msg) => callback(null, msg as Msg);
    },
    publish: (_subject: string, query: string, { reply }: { reply: string }) => {
      const { seq, next_by_subj } = JSON.parse(query) as { seq: number; next_by_subj: string };
      const found = next(next_by_subj, seq, applied());
      for (const [i, entry] of found.entries()) {
        const told = headers();
        told.set("Nats-Subject", entry.subject);
        told.set("Nats-Sequence", `${entry.seq}`);
        told.set("Nats-Num-Pending", `${found.length - 1 - i}`);
        told.set("Nats-Time-Stamp", "2026-01-01T00:00:00Z");
        hear({ subject: reply, headers: told, string: () => "{}" });
      }
      hear({ subject: reply, headers: headers(found.length > 0 ? 204 : 404, "end") });
    },
    /** The leader, once it is elected: it knows everything. */
    request: async (_subject: string, query: string) => {
      if (elections-- > 0) throw new Error("timeout");
      const { seq = 1, next_by_subj, last_by_subj } = JSON.parse(query) as LeaderQuery;
      const found = next(next_by_subj ?? last_by_subj ?? "", seq, Infinity);
      const message = last_by_subj === undefined ? found[0] : found.at(-1);
      const none = { error: { err_code: 10037, description: "no message found" } };
      return { json: () => (message === undefined ? none : { message }) };
    },
  };
  const link = { nc, connected: () => true, onReconnect: () => () => undefined };
  const topology = { partitions: 1, replicas: 3 };
  return new MailboxLog(link as unknown as Link, topology as unknown as Topology);
}

test("a mailbox is read without a gap from replicas that are behind, each in its own way", async () => {
  const run = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });
  const lags = fc.array(fc.nat(12), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(run, lags, async (facts, behind) => {
      const entries = facts.map((isFact, i) => ({
        seq: i + 1,
        subject: isFact ? factSubject(0, "alice") : copySubject(0, "alice"),
      }));
      const left = [...behind];
      const log = replicated(entries, () => entries.length - (left.shift() ?? 0));
      const seqs: number[] = [];
      for await (const page of log.read("alice", 0, entries.length))
        seqs.push(...page.entries.map(({ seq }) => seq));
      expect(seqs).toEqual(entries.map(({ seq }) => seq));
    }),
    { numRuns: 60 },
  );
});

test("a mailbox whose stream has no leader for a while is read when it has one", async () => {
  const entries = [
    { seq: 1, subject: factSubject(0, "alice") },
    { seq: 2, subject: copySubject(0, "alice") },
  ];
  const log = replicated(entries, () => 1, 10);
  expect(await log.head("alice")).toBe(2);
  expect(await replicated([], () => 0, 10).head("alice")).toBe(0);
});

test("when very many ask for the end of their mailboxes, the leader is asked by a few at a time", async () => {
  let most = 0;
  let now = 0;
  const request = async () => {
    most = Math.max(most, ++now);
    await new Promise((done) => setImmediate(done));
    now--;
    return { json: () => ({ message: { seq: 7 } }) };
  };
  const nc = { subscribe: () => undefined, request };
  const log = new MailboxLog({ nc } as unknown as Link, { partitions: 1, replicas: 3 } as Topology);
  const heads = await Promise.all(Array.from({ length: 500 }, (_, i) => log.head(`user-${i}`)));
  expect(new Set(heads)).toEqual(new Set([7]));
  expect(most).toBe(16);
});
