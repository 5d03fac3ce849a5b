import { expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { groupsOf } from "../../src/projections/views/groups/ownstays.ts";
import { groupNamed } from "../support/group.ts";
import { mailbox } from "../support/mailbox.ts";
import { after } from "./groupanswers.ts";

const alice = mailbox("alice");
const [ONE, TWO] = [groupNamed("one"), groupNamed("two")];
const groups = (...own: Entry[]) => groupsOf(after(...own).rows, "alice");
const inOne = alice.joined(5, ONE, 10);

test("[G11] a group that the own mailbox tells of again is listed once, as it was told last", () => {
  const listed = groups(inOne, alice.joined(6, TWO, 20), alice.joined(7, ONE, 12));
  expect(listed).toMatchObject([
    { group: TWO, from: 20 },
    { group: ONE, from: 12, at: 1_000_007 },
  ]);
});

test("[G11] the end of a stay that is not the last, or that nobody knows, leaves a group where it is", () => {
  const again = [inOne, alice.left(6, ONE, 10, 14), alice.joined(7, ONE, 20)];
  for (const own of [
    again,
    [...again, alice.left(8, ONE, 10, 14)],
    [...again, alice.left(8, ONE, 30, 0)],
  ])
    expect(groups(...own)).toEqual([{ group: ONE, at: 1_000_007, from: 20 }]);
});

test("[G11] behind a stay that never was, the one before it is the last again", () => {
  const own = [inOne, alice.left(6, ONE, 10, 14), alice.joined(7, ONE, 20)];
  expect(groups(...own, alice.left(8, ONE, 20, 19))).toMatchObject([{ from: 10, upTo: 14 }]);
});
