import { expect, test } from "vitest";
import { EndChain } from "../../../src/gateway/groups/endchain.ts";

test("[G3] a gateway keeps the ends of 20,000 people of a group, the newest, and knows where they begin", () => {
  const ends = new EndChain();
  ends.begin({ seq: 1, endedBefore: 0 });
  for (let seq = 2; seq <= 20_001; seq++) ends.add({ seq, ended: `u${seq}`, endedBefore: seq - 1 });
  ends.add({ seq: 20_001, endedBefore: 20_000 });
  expect(ends.reaches(1)).toBe(true);
  expect(ends.of("u2", 1, 30_000)).toBe(2);
  ends.add({ seq: 20_002, ended: "last", endedBefore: 20_001 });
  expect([ends.reaches(2_001), ends.reaches(2_002)]).toEqual([false, true]);
  expect([ends.of("u2001", 1, 30_000), ends.of("u2002", 1, 30_000)]).toEqual([0, 2_002]);
  // There is room again, and the walk goes on behind those who went.
  expect(ends.missing(1)).toBe(2_001);
});

test("[G3] who joins and leaves again and again takes no place of others: they are followed, and the restless one is told nothing of a stay whose end is not known any more", () => {
  const ends = new EndChain();
  ends.begin({ seq: 10, endedBefore: 4 });
  for (let seq = 11; seq <= 30_010; seq++)
    ends.add({ seq, ended: `restless${seq % 3}`, endedBefore: seq - 1 });
  ends.found({ seq: 4, ended: "ann", endedBefore: 0 });
  expect([ends.reaches(1), ends.of("ann", 1, 40_000), ends.of("ben", 1, 40_000)]).toEqual([
    true,
    4,
    0,
  ]);
  // 8 of each are kept; of what lies before it is known that they have left.
  const of = (from: number, upTo: number): number => ends.of("restless0", from, upTo);
  expect([of(20, 40_000), of(29_900, 30_000), of(20, 25_000), of(30_010, 40_000)]).toEqual([
    30_009, 30_000, 20, 0,
  ]);
});

test("[G3] a walk back passes over one who left a thousand times, and comes to the end behind them", () => {
  const ends = new EndChain();
  ends.begin({ seq: 2_000, endedBefore: 1_999 });
  for (let seq = 1_999; seq > 1; seq--)
    ends.found({ seq, ended: seq === 7 ? "ann" : "restless", endedBefore: seq - 1 });
  expect([ends.missing(1), ends.of("ann", 1, 2_000)]).toEqual([1, 7]);
  expect([ends.of("restless", 1_500, 1_600), ends.of("restless", 1, 1_999)]).toEqual([
    1_500, 1_999,
  ]);
});

test("[G3] the ends of a group are walked back one by one, and each is known for whom it was", () => {
  const ends = new EndChain();
  ends.begin({ seq: 9, ended: "ann", endedBefore: 7 });
  expect([ends.reaches(8), ends.reaches(7), ends.missing(8), ends.missing(7)]).toEqual([
    true,
    false,
    undefined,
    7,
  ]);
  // Not the one that was asked for, or none.
  ends.found({ seq: 6, ended: "ann", endedBefore: 0 });
  ends.found({ seq: 7, endedBefore: 0 });
  expect([ends.missing(1), ends.of("ann", 1, 8)]).toEqual([7, 0]);
  ends.found({ seq: 7, ended: "ben", endedBefore: 4 });
  ends.found({ seq: 4, ended: "ann", endedBefore: 0 });
  expect([ends.missing(1), ends.reaches(1)]).toEqual([undefined, true]);
  ends.add({ seq: 11, endedBefore: 9 });
  ends.add({ seq: 12, ended: "ben", endedBefore: 9 });
  const of = (user: string, from: number, upTo: number): number => ends.of(user, from, upTo);
  expect([of("ann", 1, 20), of("ann", 1, 9), of("ann", 1, 8), of("ann", 5, 8)]).toEqual([
    9, 9, 4, 0,
  ]);
  expect([of("ann", 9, 9), of("ann", 10, 20), of("ben", 1, 11), of("ben", 1, 12)]).toEqual([
    9, 0, 7, 12,
  ]);
});

test("[G3] an end that names none before itself as the one before says nothing", () => {
  for (const endedBefore of [7, 8]) {
    const ends = new EndChain();
    ends.begin({ seq: 9, endedBefore: 7 });
    ends.found({ seq: 7, ended: "ann", endedBefore });
    expect([ends.reaches(1), ends.of("ann", 1, 9)]).toEqual([true, 7]);
  }
});
