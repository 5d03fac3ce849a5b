import { expect, test } from "vitest";
import { EndChain } from "../../../src/gateway/groups/endchain.ts";

test("[G3] a gateway keeps the newest 20,000 ends of a group, and knows where they begin", () => {
  const ends = new EndChain();
  ends.begin({ seq: 1, endedBefore: 0 });
  for (let seq = 2; seq <= 20_001; seq++) ends.add({ seq, ended: `u${seq}`, endedBefore: seq - 1 });
  ends.add({ seq: 20_001, endedBefore: 20_000 });
  expect(ends.reaches(1)).toBe(true);
  expect(ends.of("u2", 1, 30_000)).toBe(2);
  ends.add({ seq: 20_002, ended: "last", endedBefore: 20_001 });
  expect([ends.reaches(2), ends.reaches(3)]).toEqual([false, true]);
  expect(ends.of("u2", 1, 30_000)).toBe(0);
  expect(ends.missing(1)).toBeUndefined();
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
