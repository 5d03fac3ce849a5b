import { describe, expect, test } from "vitest";
import { GROUPS_MAX, STAYS_MAX } from "../../src/events/limits.ts";
import { entered, isAtLimit, left, present } from "../../src/rules/stays.ts";

describe("[G3] the stays of a user in a group", () => {
  test("begin and end with the facts of the group that say so", () => {
    const stays = entered(left(entered([], 7), 7, 12), 20);
    expect(stays).toEqual([{ from: 7, upTo: 12 }, { from: 20 }]);
    expect(present(stays)).toEqual({ from: 20 });
    expect(present(left(stays, 20, 25))).toBeUndefined();
  });

  test("begin where the group says while the user is in: what was said before was taken by a roll-back", () =>
    expect(entered([{ from: 7, upTo: 12 }, { from: 20 }], 18)).toEqual([
      { from: 7, upTo: 12 },
      { from: 18 },
    ]));

  test("go on where the group says again that the last one has begun", () =>
    expect(entered([{ from: 7, upTo: 12 }], 7)).toEqual([{ from: 7 }]));

  test("lose the one that begins behind its own end, and no other for the end of a stranger's", () => {
    expect(left([{ from: 7, upTo: 12 }, { from: 20 }], 20, 12)).toEqual([{ from: 7, upTo: 12 }]);
    expect(left([{ from: 7 }], 3, 5)).toEqual([{ from: 7 }]);
  });

  test("are bounded: of one group the oldest are forgotten, of all groups 500 go on", () => {
    let stays = entered([], 1);
    for (let from = 3; from < 400; from += 2)
      stays = entered(left(stays, from - 2, from - 1), from);
    expect(stays).toHaveLength(STAYS_MAX);
    expect(present(stays)).toEqual({ from: 399 });
    const groups = Array.from({ length: GROUPS_MAX }, (_, i) => entered([], i + 1));
    expect(isAtLimit(groups)).toBe(true);
    expect(isAtLimit([...groups.slice(1), [{ from: 1, upTo: 2 }]])).toBe(false);
  });
});
