import { describe, expect, test } from "vitest";
import { positionOf } from "../../../src/events/position.ts";
import { aheadIn, followedWords, isOfLog, spansOf } from "../../../src/gateway/groups/followed.ts";
import { GroupCourse, Seat } from "../../../src/gateway/groups/groupcourse.ts";
import { RingMemory } from "../../../src/gateway/groups/ring.ts";
import type { GroupRange } from "../../../src/protocol/internal/routes.ts";
import { groupHouse } from "./house.ts";

/** The log's second generation begins at seq 20. */
const world = {
  epochOf: () => "e",
  positionAt: (_group: string, seq: number) => positionOf(seq < 20 ? 0 : 1, seq),
};
const first = { ...world, positionAt: (_group: string, seq: number) => seq };
const said = (...ranges: GroupRange[]) =>
  ({ kind: "follow", sessions: [], seq: 9, ranges }) as const;

describe("[G3] words of a user's actor", () => {
  test("count where the log has what they name", () => {
    const ranges = [
      { group: "a", from: 3, upTo: 5 },
      { group: "a", from: positionOf(1, 30) },
      // A roll-back has taken the begin, or the end, of these.
      { group: "b", from: 30 },
      { group: "b", from: 3, upTo: 30 },
      { group: "c", from: positionOf(1, 3) },
    ];
    expect([...spansOf(said(...ranges), world)]).toEqual([
      ["a", [{ from: 3, upTo: 5 }, { from: 30 }]],
      ["b", []],
      ["c", []],
    ]);
  });

  test("name a generation that this process does not know yet, or none", () => {
    const ranges = [
      { group: "a", from: 3, upTo: positionOf(1, 30) },
      { group: "b", from: positionOf(1, 30) },
      { group: "c", from: 3, upTo: 30 },
    ];
    expect([...aheadIn(said(...ranges), first)]).toEqual(["a", "b"]);
    expect([...aheadIn(said(...ranges), world)]).toEqual([]);
  });
});

/** ann's seat in a group that has come to `head`. */
function seatOf(head: number, known: Partial<Seat>): Seat {
  const course = new GroupCourse("g-1", 0, new RingMemory());
  course.cursor = { seq: head, head, filling: false };
  const ann = groupHouse().device("ann");
  ann.connect();
  return Object.assign(new Seat(ann.on, "ann", course), known);
}

test("[M3] a cursor of another generation of a group is none of its log; one at the begin is of any", () => {
  const { course } = seatOf(40, {});
  const isTrue = (seq: number, generation: number): boolean =>
    isOfLog(course, { mailbox: "g-1", epoch: "e", seq, on: { seq, at: 1, generation } }, world);
  expect([isTrue(30, 1), isTrue(30, 0), isTrue(0, 1), isTrue(1, 5)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

describe("[G8] a client is told of a group that it follows", () => {
  test.each([
    ["from its cursor on", { seq: 7, ranges: [{ from: 3 }], proven: 3 }, [7, 9], true, 3],
    ["from the begin of its membership on", { ranges: [{ from: 5 }] }, [4, 9], true, 5],
    ["that nothing is missing", { seq: 9, ranges: [{ from: 3 }], proven: 3 }, [9, 9], false, 3],
    ["no further than its membership", { seq: 3, ranges: [{ from: 3, upTo: 6 }] }, [3, 6], true, 0],
    ["as far as a membership that is not read yet", { ranges: [{ from: 12 }] }, [11, 12], true, 12],
    [
      "that the views are to be asked",
      { ranges: [{ from: 5 }], resync: "epoch" as const },
      [4, 9],
      false,
      5,
    ],
  ])("%s", (_, known, [seq, head], isCatchingUp, proven) => {
    const seat = seatOf(9, known);
    expect(followedWords(seat, first)).toEqual({ mailbox: "g-1", epoch: "e", seq, head });
    expect(seat).toMatchObject({ seq, isCatchingUp, proven, isTold: true });
  });

  test.each([
    ["it has no membership", {}],
    ["its membership is over", { seq: 9, ranges: [{ from: 3, upTo: 6 }] }],
    ["nobody has looked whether that is over", { seq: 7, ranges: [{ from: 3 }] }],
  ])("not where %s", (_, known) => {
    const seat = seatOf(9, known);
    expect([followedWords(seat, first), seat.isTold]).toEqual([undefined, false]);
  });

  test("in the generation in which the log is", () => {
    expect(followedWords(seatOf(9, { ranges: [{ from: 3 }] }), world)).toHaveProperty(
      "generation",
      1,
    );
  });
});
