import { expect, test } from "vitest";
import { EndChain } from "../../../src/gateway/groups/endchain.ts";

test("[G3] a gateway keeps the newest 20,000 ends of a group, and knows where they begin", () => {
  const ends = new EndChain();
  ends.begin({ seq: 1, endedBefore: 0 });
  for (let seq = 2; seq <= 20_001; seq++) ends.add({ seq, ended: `u${seq}`, endedBefore: seq - 1 });
  expect(ends.reaches(1)).toBe(true);
  expect(ends.of("u2", 1, 30_000)).toBe(2);
  ends.add({ seq: 20_002, ended: "last", endedBefore: 20_001 });
  expect([ends.reaches(2), ends.reaches(3)]).toEqual([false, true]);
  expect(ends.of("u2", 1, 30_000)).toBe(0);
  expect(ends.missing(1)).toBeUndefined();
});
