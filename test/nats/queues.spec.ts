import { describe, expect, test } from "vitest";
import type { Publication } from "../../src/nats/publish/publication.ts";
import { untilOf, type Flight, type Pending } from "../../src/nats/publish/queue.ts";
import { GIVE_UP_MS, Queues } from "../../src/nats/publish/queues.ts";

const publication = (text: string, more: Partial<Publication> = {}): Publication => ({
  subject: "fact.7.19.alice",
  payload: () => text,
  stored: () => undefined,
  failed: () => undefined,
  ...more,
});
const TRAFFIC = { unanswered: 0, crowd: 0, window: 1_024, connected: true };

function queues(gathers = true) {
  const all = new Queues(gathers);
  const put = (count: number, more: Partial<Publication> = {}, since = 0): void => {
    for (let n = 1; n <= count; n++) all.push(publication(`${n}`, more), since);
  };
  const fly = (traffic: Partial<typeof TRAFFIC> = {}, now = 0): Flight[] => [
    ...all.take(now, { ...TRAFFIC, ...traffic }),
  ];
  const take = (traffic: Partial<typeof TRAFFIC> = {}, now = 0) =>
    fly(traffic, now).map(({ items, together }) => [items.length, together]);
  return { all, put, fly, take };
}
const texts = (flights: Flight[]) =>
  flights.flatMap(({ items }) => items.map((item) => item.publication.payload()));

describe("publications for one stream", () => {
  test("[L9] that compare, or whose id the broker may know, go in no batch", () => {
    const { put, take } = queues();
    put(20);
    put(1, { after: 0 });
    put(1, { alone: true });
    put(1, { alone: false });
    expect(take()).toEqual([
      [21, true],
      [2, false],
    ]);
    const { put: plain, take: takeAll } = queues(false);
    plain(20);
    plain(1, { after: 0 });
    expect(takeAll()).toEqual([[21, false]]);
  });

  test("share the room that is left, and nothing goes where there is none", () => {
    const { all, put, take } = queues();
    put(20);
    put(5, { alone: true });
    expect(all.length).toBe(25);
    expect(take({ unanswered: 1_024 })).toEqual([
      [0, false],
      [0, false],
    ]);
    expect(take({ unanswered: 1_002 })).toEqual([
      [20, true],
      [2, false],
    ]);
    expect(all.length).toBe(3);
  });

  test("[D3] that wait are 50,000 at most, of whatever kind, and one that goes makes room", () => {
    const { all, put, take } = queues();
    put(24_000);
    put(24_000, { alone: true });
    put(1_000, { yields: "bulk" });
    put(1_000, { yields: "patient" });
    expect(all.length).toBe(50_000);
    expect(() => put(1)).toThrow("too many publishes wait");
    take({ window: 1, crowd: 99 });
    put(1);
    expect(() => put(1)).toThrow("too many publishes wait");
  });

  test("[D3] that wait have 32 MB of characters at most, and what goes or is given up has them no more", () => {
    const { all, put, take } = queues();
    const chars = 16 * 1024 * 1024;
    put(1, { chars });
    put(1, { chars: chars - 1 });
    put(1, { chars: 1 });
    put(1);
    expect(() => put(1, { chars: 1 })).toThrow("too many publishes wait");
    take({ window: 1 });
    put(1, { chars });
    expect(() => put(1, { chars: 1 })).toThrow("too many publishes wait");
    expect(all.hopeless(0, true)).toHaveLength(4);
    put(2, { chars });
    expect(() => put(1, { chars: 1 })).toThrow("too many publishes wait");
  });

  test("that are patient give way while 64 are unanswered, and for a tenth of a second", () => {
    const { all, put, fly } = queues(false);
    expect(all.isDue(0, 0)).toBe(false);
    put(3, { yields: "patient" }, 1_000);
    expect([all.isDue(1_000, 63), all.isDue(1_000, 64)]).toEqual([true, false]);
    expect([all.isDue(1_099, 64), all.isDue(1_100, 64)]).toEqual([false, true]);
    put(2);
    // Two that wait go first: there is room for one.
    expect(texts(fly({ crowd: 61 }, 1_000))).toEqual(["1", "2", "1"]);
    expect(texts(fly({ crowd: 64 }, 1_099))).toEqual([]);
    expect(texts(fly({ crowd: 64 }, 1_100))).toEqual(["2", "3"]);
  });
});

/** Turns of the loop that take all that may be due. */
const TURNS = 5;

test("[G8] of groups' words sixteen are due at once: the end of one makes room for the next, that of anything else makes none", () => {
  const { all, put, fly } = queues(false);
  put(40, { yields: "bulk" });
  put(1);
  const out = Array.from({ length: TURNS }, () => fly()).flatMap(([flight]) => flight?.items ?? []);
  expect([out.length, all.bulky, all.goesOn]).toEqual([17, 16, false]);
  const [other, word] = [undefined, "bulk"].map((yields) =>
    out.find(({ publication: each }) => each.yields === yields),
  );
  all.ended(other!);
  expect([texts(fly()), all.bulky]).toEqual([[], 16]);
  all.ended(word!);
  expect([all.goesOn, texts(fly()), all.bulky]).toEqual([true, ["17"], 16]);
});

test("[G8] groups' words that were due and are given up make room for others", () => {
  const { all, put, fly } = queues(false);
  put(20, { yields: "bulk" });
  for (let turn = 0; turn < TURNS; turn++) expect(texts(fly({ window: 0 }))).toEqual([]);
  expect(all.bulky).toBe(16);
  expect(all.hopeless(0, true)).toHaveLength(20);
  expect([all.bulky, all.goesOn]).toEqual([0, false]);
  put(20, { yields: "bulk" });
  const out = Array.from({ length: TURNS }, () => texts(fly())).flat();
  expect(out).toHaveLength(16);
});

describe("publications that wait too long", () => {
  test("[L8] are given up behind a minute, but for those that last", () => {
    const { all, put } = queues();
    put(1, {}, 5);
    put(1, { lasting: true });
    put(1, { yields: "bulk" });
    put(1, { yields: "patient" });
    expect(all.hopeless(GIVE_UP_MS, false)).toEqual([]);
    expect(all.hopeless(GIVE_UP_MS + 5, false).map((each) => each.publication.yields)).toEqual([
      "bulk",
    ]);
    expect(all.hopeless(GIVE_UP_MS + 6, false)).toHaveLength(1);
    expect(all.length).toBe(2);
  });

  test("[N1] are refused at once where the stream is away, but for those that last", () => {
    const { all, put } = queues();
    put(2);
    put(2, { alone: true });
    put(1, { lasting: true });
    put(1, { yields: "bulk" });
    put(1, { yields: "patient" });
    expect(all.hopeless(0, true)).toHaveLength(6);
    expect(all.length).toBe(1);
  });

  test("[N1] for an answer: one that somebody waits for half a second where the stream is away, others a minute, those that last for ever", () => {
    const pending = (more: Partial<Publication>) =>
      ({ publication: publication("x", more), sentAt: 1_000, deadline: 60_000 }) as Pending;
    expect(untilOf(pending({ hasty: true }), true)).toBe(1_500);
    expect(untilOf(pending({ hasty: true }), false)).toBe(60_000);
    expect(untilOf(pending({}), true)).toBe(60_000);
    for (const isAway of [true, false])
      expect(untilOf(pending({ lasting: true, hasty: true }), isAway)).toBe(Infinity);
  });
});
