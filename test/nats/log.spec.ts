import { headers, type Msg } from "@nats-io/transport-node";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import type { Request } from "../../src/nats/read/gets.ts";
import { Owners } from "../../src/nats/owners.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { copySubject, factSubject, ownerSubject } from "../../src/nats/subjects.ts";
import type { Topology } from "../../src/nats/topology.ts";

interface Stored {
  readonly seq: number;
  readonly subject: string;
}

/** A server that answers a direct get: a replica with the log up to a seq, or a mirror without some subjects. */
interface Replica {
  readonly upTo: number;
  readonly lacks?: readonly string[];
}

/** A stream whose direct gets are answered by whichever replica comes next. */
function replicated(entries: readonly Stored[], next: () => Replica) {
  let hear: (msg: Partial<Msg>) => void = () => undefined;
  const answer = (reply: string, found: readonly Stored[], left: number, upTo?: number): void => {
    for (const entry of found) {
      const told = headers();
      told.set("Nats-Subject", entry.subject);
      told.set("Nats-Sequence", `${entry.seq}`);
      told.set("Nats-Time-Stamp", "2026-01-01T00:00:00Z");
      hear({ subject: reply, headers: told, string: () => "{}" });
    }
    if (found.length === 0) return hear({ subject: reply, headers: headers(404, "none") });
    const end = headers(204, "EOB");
    end.set("Nats-Num-Pending", `${left}`);
    if (upTo !== undefined) end.set("Nats-UpTo-Sequence", `${upTo}`);
    hear({ subject: reply, headers: end });
  };
  const nc = {
    subscribe: (_subject: string, { callback }: { callback: (_: null, msg: Msg) => void }) => {
      hear = (msg) => callback(null, msg as Msg);
    },
    publish: (_subject: string, text: string, { reply }: { reply: string }) => {
      const { upTo, lacks } = next();
      const has = entries.filter(
        ({ seq, subject }) => seq <= upTo && lacks?.includes(subject) !== true,
      );
      const request = JSON.parse(text) as Request;
      if ("multi_last" in request) {
        const lasts = request.multi_last.flatMap((subject) => {
          const last = has.findLast((entry) => entry.subject === subject);
          return last === undefined ? [] : [last];
        });
        return answer(reply, lasts, 0, upTo);
      }
      if (!("batch" in request)) throw new Error("not asked for here");
      const found = has.filter(
        ({ seq, subject }) => seq >= request.seq && subject === request.next_by_subj,
      );
      // In small pages.
      answer(reply, found.slice(0, 3), Math.max(0, found.length - 3));
    },
  };
  const link = { nc, connected: () => true, onReconnect: () => () => undefined };
  return new MailboxLog(
    link as unknown as Link,
    { partitionOf: () => 0, owners: OWNERS } as unknown as Topology,
  );
}

const OWNERS = new Owners([
  { seq: 1, owner: { type: "StreamBegan", epoch: "e", marks: [], rules: 1, layout: 1 } },
]);
const FACTS = factSubject("alice");
const COPIES = copySubject("alice");
const OWNER = { seq: 1, subject: ownerSubject(0) };

async function seqsOf(log: MailboxLog, after: number, upTo: number): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { entries } of log.read("alice", after, upTo))
    seqs.push(...entries.map(({ seq }) => seq));
  return seqs;
}

afterEach(() => void vi.useRealTimers());

test("a mailbox is read without a gap from replicas that are behind and mirrors that have half of it, each in its own way", async () => {
  const run = fc.array(fc.constantFrom(FACTS, COPIES, "fact.0.0.else"), {
    minLength: 1,
    maxLength: 12,
  });
  const lag = fc.record({ behind: fc.nat(13), mirror: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      run,
      fc.array(lag, { maxLength: 8 }),
      fc.nat(12),
      async (subjects, lags, cut) => {
        const entries = [OWNER, ...subjects.map((subject, i) => ({ seq: i + 2, subject }))];
        const left = [...lags];
        const log = replicated(entries, () => {
          const { behind, mirror } = left.shift() ?? { behind: 0, mirror: false };
          const upTo = entries.length - behind;
          // A mirror lacks the stream's own entry, and perhaps more.
          return mirror ? { upTo, lacks: [OWNER.subject, FACTS] } : { upTo };
        });
        const upTo = Math.max(1, entries.length - cut);
        const expected = entries.filter(
          ({ seq, subject }) => seq <= upTo && (subject === FACTS || subject === COPIES),
        );
        expect(await seqsOf(log, 0, upTo)).toEqual(expected.map(({ seq }) => seq));
      },
    ),
    { numRuns: 100 },
  );
});

test("a page that ends before the seq that the heads named is no answer", async () => {
  const entries = [OWNER, ...[2, 3, 4, 5].map((seq) => ({ seq, subject: FACTS }))];
  const answers: Replica[] = [
    { upTo: 5 },
    // A mirror that has no such subject: 404, twice. Then a replica that is behind.
    { upTo: 5, lacks: [FACTS] },
    { upTo: 5, lacks: [FACTS] },
    { upTo: 3 },
  ];
  const log = replicated(entries, () => answers.shift() ?? { upTo: 5 });
  expect(await seqsOf(log, 0, 5)).toEqual([2, 3, 4, 5]);
});

test("heads count only up to the seq that the answer names, and with the stream's own entry", async () => {
  const entries = [OWNER, { seq: 2, subject: FACTS }, { seq: 3, subject: COPIES }];
  const answers: Replica[] = [{ upTo: 2 }, { upTo: 3, lacks: [OWNER.subject] }, { upTo: 1 }];
  const log = replicated(entries, () => answers.shift() ?? { upTo: 3 });
  expect(await log.head("alice", 3)).toBe(3);
  expect(answers).toEqual([]);
  expect(await replicated([OWNER], () => ({ upTo: 1 })).head("alice")).toBe(0);
});

test("[M4] a read that no replica can answer whole is refused, and never ends over a hole", async () => {
  vi.useFakeTimers();
  const entries = [OWNER, { seq: 2, subject: FACTS }, { seq: 3, subject: FACTS }];
  const log = replicated(entries, () => ({ upTo: 2 }));
  const [refused] = await Promise.all([
    seqsOf(log, 0, 3).catch((error: unknown) => error),
    vi.advanceTimersByTimeAsync(25_000),
  ]);
  expect(String(refused)).toContain("no replica has the log as far as it is needed");
});

test("when very many read their mailboxes, a few are read at a time", async () => {
  let most = 0;
  let now = 0;
  let hear: (msg: Partial<Msg>) => void = () => undefined;
  const nc = {
    subscribe: (_subject: string, { callback }: { callback: (_: null, msg: Msg) => void }) => {
      hear = (msg) => callback(null, msg as Msg);
    },
    publish: (_subject: string, _text: string, { reply }: { reply: string }) => {
      most = Math.max(most, ++now);
      setImmediate(() => {
        now--;
        const owner = headers();
        owner.set("Nats-Subject", OWNER.subject);
        owner.set("Nats-Sequence", "1");
        owner.set("Nats-Time-Stamp", "2026-01-01T00:00:00Z");
        hear({ subject: reply, headers: owner, string: () => "{}" });
        hear({ subject: reply, headers: headers(204, "EOB") });
      });
    },
  };
  const link = { nc, connected: () => true, onReconnect: () => () => undefined };
  const topology = { partitionOf: () => 0, owners: OWNERS } as unknown as Topology;
  const log = new MailboxLog(link as unknown as Link, topology);
  await Promise.all(Array.from({ length: 500 }, (_, i) => log.head(`user-${i}`)));
  expect(most).toBe(16);
});
