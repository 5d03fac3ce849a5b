import { expect, test } from "vitest";
import { Movement } from "../../src/actors/group/movement.ts";

const SECOND = 1_000;

test("[G9] a gateway is told for ten seconds of a group that has moved, if it says that it follows there, the last first", () => {
  let now = 0;
  const movement = new Movement(() => now);
  movement.follows("gw", ["g-a", "g-b"]);
  movement.moved("g-a", 5);
  movement.moved("g-c", 6);
  now += SECOND;
  movement.moved("g-b", 7);
  expect(movement.movedFor("gw")).toEqual([
    { group: "g-b", seq: 7 },
    { group: "g-a", seq: 5 },
  ]);
  expect(movement.movedFor("other")).toEqual([]);
  now += 9.5 * SECOND;
  expect(movement.movedFor("gw")).toEqual([{ group: "g-b", seq: 7 }]);
  movement.moved("g-a", 9);
  now += 9 * SECOND;
  movement.follows("gw", ["g-a"]);
  now += 13 * SECOND;
  movement.moved("g-a", 11);
  movement.moved("g-b", 12);
  // Its word about g-b is older than half a minute.
  expect(movement.movedFor("gw")).toEqual([{ group: "g-a", seq: 11 }]);
});
