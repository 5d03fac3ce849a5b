import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { factSubject } from "../../src/nats/subjects.ts";
import {
  asked,
  COPIES,
  FACTS,
  OWNER,
  replicated,
  seqsOf,
  type Replica,
  type Stored,
} from "./replicas.ts";

afterEach(() => void vi.useRealTimers());

/** The stream's own entry, and so many of alice's facts behind it. */
const facts = (count: number): Stored[] => [
  OWNER,
  ...Array.from({ length: count }, (_, i) => ({ seq: i + 2, subject: FACTS })),
];

test("[M4] a mailbox is read without a gap from replicas that are behind and mirrors that have half of it, each in its own way", async () => {
  const run = fc.array(fc.constantFrom(FACTS, COPIES, "fact.0.0.else"), {
    minLength: 1,
    maxLength: 12,
  });
  const lag = fc.record({ behind: fc.nat(13), mirror: fc.boolean(), from: fc.nat(13) });
  await fc.assert(
    fc.asyncProperty(
      run,
      fc.array(lag, { maxLength: 8 }),
      fc.nat(12),
      async (subjects, lags, cut) => {
        const entries = [OWNER, ...subjects.map((subject, i) => ({ seq: i + 2, subject }))];
        const left = [...lags];
        const next = (): Replica => {
          const { behind, mirror, from } = left.shift() ?? { behind: 0, mirror: false, from: 0 };
          const upTo = entries.length - behind;
          // A mirror lacks some subjects, and what was stored before it was made.
          return mirror ? { upTo, lacks: [OWNER.subject, FACTS], from, stream: "M" } : { upTo };
        };
        const log = replicated(entries, next, 3);
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
  const answers: Replica[] = [
    { upTo: 5 },
    // A mirror that has no such subject: 404, twice. Then a replica that is behind.
    { upTo: 5, lacks: [FACTS] },
    { upTo: 5, lacks: [FACTS] },
    { upTo: 3 },
  ];
  const log = replicated(facts(4), () => answers.shift() ?? { upTo: 5 });
  expect(await seqsOf(log, 0, 5)).toEqual([2, 3, 4, 5]);
  expect(answers).toEqual([]);
});

test("[M4] a page of a mirror that was made later is no answer, although it reaches as far", async () => {
  const late = { upTo: 5, from: 4, stream: "LATE" };
  const answers: Replica[] = [{ upTo: 5 }, late, late];
  const log = replicated(facts(4), () => answers.shift() ?? { upTo: 5 });
  expect(await seqsOf(log, 0, 5)).toEqual([2, 3, 4, 5]);
});

test("heads count only up to the seq that the answer names, and with the stream's own entry", async () => {
  const entries = [OWNER, { seq: 2, subject: FACTS }, { seq: 3, subject: COPIES }];
  const answers: Replica[] = [
    { upTo: 2 },
    { upTo: 3, lacks: [OWNER.subject] },
    { upTo: 1 },
    { upTo: 3, stream: "MIRROR" },
  ];
  const log = replicated(entries, () => answers.shift() ?? { upTo: 3 });
  expect(await log.head("alice", 3)).toBe(3);
  expect(answers).toEqual([]);
  expect(await replicated([OWNER], () => ({ upTo: 1 })).head("alice")).toBe(0);
});

test("[M4] a read that no replica can answer whole is refused, and never ends over a hole", async () => {
  vi.useFakeTimers();
  const log = replicated(facts(2), () => ({ upTo: 2 }));
  const [refused] = await Promise.all([
    seqsOf(log, 0, 3).catch((error: unknown) => error),
    vi.advanceTimersByTimeAsync(25_000),
  ]);
  expect(String(refused)).toContain("no replica has the log as far as it is needed");
});

test("when very many read their mailboxes, a few are read at a time", async () => {
  let most = 0;
  let now = 0;
  const users = Array.from({ length: 500 }, (_, i) => `user-${i}`);
  const entries = [OWNER, ...users.map((user, i) => ({ seq: i + 2, subject: factSubject(user) }))];
  const upTo = entries.length;
  const log = asked(entries, ({ answer }) => {
    most = Math.max(most, ++now);
    setImmediate(() => {
      now--;
      answer({ upTo });
    });
  });
  const read = async (user: string): Promise<void> => {
    let count = 0;
    for await (const page of log.read(user, 0, upTo)) count += page.entries.length;
    expect(count).toBe(1);
  };
  await Promise.all(users.map(read));
  expect(most).toBe(4);
});
