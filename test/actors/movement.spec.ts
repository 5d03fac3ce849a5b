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

test("[G9] in one beat 1,024 groups are named, those that moved last", () => {
  const movement = new Movement(() => 0);
  const groups = Array.from({ length: 1_030 }, (_, i) => `g-${i}`);
  movement.follows("gw", groups);
  for (const [i, group] of groups.entries()) movement.moved(group, i + 1);
  movement.moved("g-3", 2_000);
  const named = movement.movedFor("gw");
  expect(named).toHaveLength(1_024);
  expect(named.slice(0, 2)).toEqual([
    { group: "g-3", seq: 2_000 },
    { group: "g-1029", seq: 1_030 },
  ]);
  expect(named.at(-1)).toEqual({ group: "g-7", seq: 8 });
});

test("[G9] of the gateways' words a bounded number is kept, and of a new one none beyond until old ones are over", () => {
  let now = 0;
  const movement = new Movement(() => now, 100);
  const many = Array.from({ length: 99 }, (_, i) => `g-${i}`);
  // Said again, they take no more room.
  for (let time = 0; time < 3; time++) movement.follows("full", many);
  now += 20 * SECOND;
  movement.follows("gw", ["g-a", "g-b"]);
  const named = (gateway: string): string[] => {
    for (const group of ["g-0", "g-a", "g-b"]) movement.moved(group, 7);
    return movement.movedFor(gateway).map(({ group }) => group);
  };
  expect(named("gw")).toEqual(["g-a"]);
  expect(named("full")).toEqual(["g-0"]);
  now += 10 * SECOND;
  movement.follows("gw", ["g-b"]);
  expect(named("gw"), "half a minute is not over").toEqual(["g-a"]);
  now += 1;
  movement.follows("gw", ["g-b"]);
  expect(named("gw")).toEqual(["g-b", "g-a"]);
  movement.follows("full", many.slice(0, 97));
  movement.follows("other", ["g-a", "g-b"]);
  expect(named("other"), "room for one more").toEqual(["g-a"]);
});
