import { describe, expect, test } from "vitest";
import type { Page } from "../../src/nats/read/reading.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { asked, COPIES, FACTS, OWNER, type Asked, type Stored } from "./replicas.ts";

const turn = (): Promise<void> => new Promise((go) => setImmediate(go));
const seqs = ({ entries }: Page): number[] => entries.map(({ seq }) => seq);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** A reading of alice's mailbox whose questions wait until they are answered. */
function reading(entries: readonly Stored[]) {
  const open: Asked[] = [];
  const log = asked(entries, (question) => void open.push(question));
  const upTo = entries.length;
  /** The open question for a subject, or for the heads, which is answered by whoever takes it. */
  const question = (subject?: string): Asked => {
    const i = open.findIndex(({ request }) =>
      "multi_last" in request ? subject === undefined : request.next_by_subj === subject,
    );
    const [found] = open.splice(i < 0 ? open.length : i, 1);
    if (found === undefined) throw new Error(`nobody asks for ${subject ?? "the heads"}`);
    return found;
  };
  const answer = async (subject?: string, known = upTo): Promise<void> => {
    await turn();
    question(subject).answer({ upTo: known });
    await turn();
  };
  return { begin: () => log.begin("alice", 0), open, question, answer, upTo };
}

const mailbox = (count: number, subjectOf: (i: number) => string): Stored[] => [
  OWNER,
  ...Array.from({ length: count }, (_, i) => ({ seq: i + 2, subject: subjectOf(i) })),
];

describe("a reading of a mailbox", () => {
  test("asks for heads and first pages before it is known how far it goes", async () => {
    const { begin, answer, open } = reading(mailbox(10, (i) => (i % 2 === 0 ? FACTS : COPIES)));
    begin();
    await answer();
    const subjects = open.map(({ request }) => "next_by_subj" in request && request.next_by_subj);
    expect(subjects).toEqual([FACTS, COPIES]);
  });

  test("[A9] of an actor that is loaded has no page of more than 256: one is parsed in one turn of the loop", async () => {
    const lengths: number[] = [];
    const log = asked(
      mailbox(3_000, () => FACTS),
      (question) => question.answer({ upTo: 3_001 }),
    );
    for await (const { entries } of log.read("alice", 0, 3_001)) lengths.push(entries.length);
    expect(lengths.slice(0, 2)).toEqual([64, 256]);
    expect(Math.max(...lengths)).toBe(256);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(3_000);
  });

  test("hands the first 64 over while the next 256 are asked for, and then a thousand at a time", async () => {
    const { begin, answer, open, upTo } = reading(mailbox(3_000, () => FACTS));
    const pages = begin().pages(upTo);
    await answer();
    const given: number[] = [];
    for (const length of [64, 256, 1_000, 1_000, 680]) {
      await answer(FACTS);
      const { value } = (await pages.next()) as { value: Page };
      expect(value.entries).toHaveLength(length);
      expect(value.pending).toBe(3_000 - given.length - length);
      given.push(...seqs(value));
      await turn();
      // The next page is asked for although nobody has taken a further one yet.
      expect(open).toHaveLength(given.length < 3_000 ? 1 : 0);
    }
    expect(given).toEqual(range(2, 3_001));
    expect((await pages.next()).done).toBe(true);
  });

  test("[M4] hands nothing over that lies behind what is not known of another subject", async () => {
    const { begin, answer, upTo } = reading(mailbox(200, (i) => (i % 2 === 0 ? FACTS : COPIES)));
    const pages = begin().pages(upTo);
    await answer();
    const first = pages.next();
    let came: unknown;
    void first.then(({ value }) => (came = value));
    await answer(COPIES);
    await turn();
    expect(came).toBeUndefined();
    await answer(FACTS);
    // 64 of each: the last fact that is known lies one before the last copy.
    expect(seqs((await first).value as Page)).toEqual(range(2, 128));
  });

  test("[M4] that began with a replica behind goes on with one that has the rest, and leaves nothing out", async () => {
    const { begin, answer, open, upTo } = reading(
      mailbox(12, (i) => (i % 3 === 0 ? FACTS : COPIES)),
    );
    const started = begin();
    await answer(undefined, 6);
    await answer(FACTS, 6);
    await answer(COPIES, 6);
    const pages = started.pages(upTo);
    expect(seqs((await pages.next()).value as Page)).toEqual(range(2, 6));
    const rest = pages.next();
    await answer();
    await answer(FACTS);
    await answer(COPIES);
    expect(seqs((await rest).value as Page)).toEqual(range(7, 13));
    expect((await pages.next()).done).toBe(true);
    expect(open).toEqual([]);
  });

  test("asks for nothing more when nobody waits for it", async () => {
    const { begin, answer, open, question } = reading(mailbox(3_000, () => FACTS));
    const started = begin();
    await answer();
    await turn();
    const { answer: late } = question(FACTS);
    started.stop();
    late({ upTo: 3_001 });
    await turn();
    expect(open).toEqual([]);
  });
});

test("[M10] one device with 5,000 entries, which has its way, does not delay fifty with ten", async () => {
  const users = Array.from({ length: 50 }, (_, i) => `user-${i}`);
  let seq = 1;
  const stored = (user: string, count: number): Stored[] =>
    Array.from({ length: count }, () => ({ seq: ++seq, subject: factSubject(user) }));
  const entries = [OWNER, ...stored("alice", 5_000), ...users.flatMap((user) => stored(user, 10))];
  // The broker works off one question after the other, in the order in which they come.
  const open: Asked[] = [];
  const log = asked(entries, (question) => void open.push(question));
  /** Entries of alice's and of the others' that have come, in the order of their coming. */
  const come: ("alice" | "other")[] = [];
  const readAll = async (user: string): Promise<void> => {
    const name = user === "alice" ? "alice" : "other";
    for await (const page of log.begin(user, 0).pages(seq))
      come.push(...page.entries.map(() => name));
  };
  const work = async (until: () => boolean): Promise<void> => {
    while (!until()) {
      await turn();
      open.shift()?.answer({ upTo: seq });
    }
  };
  const alice = readAll("alice");
  await work(() => come.length >= 320);
  const before = come.length;
  const others = users.map(readAll);
  await work(() => come.length === 5_500);
  await Promise.all([alice, ...others]);
  const between = come.slice(before, come.lastIndexOf("other"));
  // One page that was under way.
  expect(between.filter((name) => name === "alice").length).toBeLessThanOrEqual(1_000);
});
