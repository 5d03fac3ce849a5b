import { expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { groupsOf } from "../../src/projections/views/groups/ownstays.ts";
import { groupMailbox, groupNamed } from "../support/group.ts";
import { mailbox } from "../support/mailbox.ts";
import { after, G, group, made } from "./groupanswers.ts";

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

test("[G10] of a group that the asker was never in, or not from there on, a list of chats has the time alone that their own mailbox says", () => {
  const views = after(made, group.said(12, "bob"));
  expect(views.row("alice", 10)).toMatchObject({ seq: 12, last: { body: "bob 12" } });
  for (const [user, from] of [
    ["mallory", 10],
    ["alice", 11],
  ] as const) {
    expect(views.row(user, from)).toEqual({ peer: G, at: 1 });
    expect(views.places(user, [{ group: G, at: 1, from }]).places).toEqual([{ peer: G, at: 1 }]);
  }
});

test("[G11] groups are in the order of what the asker may see, whatever has come to them since, and no more than asked for", () => {
  const names = ["one", "two", "three", "four", "five"].map(groupNamed);
  // alice has left the first three; the newest facts of all are in another order.
  const ends = [40, 60, 50];
  const views = after(
    ...names.flatMap((id, i) => {
      const [of, end] = [groupMailbox(id), ends[i]];
      const began = of.created(10 + i, ["bob", "alice"]);
      if (end === undefined) return id === names[3] ? [began, of.said(70, "bob")] : [began];
      const left = of.changed(end, "bob", { do: "remove", user: "alice" });
      return [began, left, of.said(100 + i, "bob")];
    }),
  );
  const stays = names.map((id, i) => ({ group: id, at: 1, from: 10 + i }));
  const { places, more } = views.places("alice", stays);
  expect(places.map(({ peer }) => peer)).toEqual([3, 1, 2, 0, 4].map((i) => names[i]));
  expect(more).toBe(false);
  const two = { places: places.slice(0, 2), more: true };
  expect(views.places("alice", stays, { limit: 2 })).toEqual(two);
  const rest = { places: places.slice(2), more: false };
  expect(views.places("alice", stays, { before: places[1]! })).toEqual(rest);
});

test("[V2] what others have said while one was in, and whether one was meant, is exact to the position", () => {
  const removed = [
    made,
    group.said(11, "bob", ["alice"]),
    group.said(12, "alice"),
    group.said(13, "carol"),
    group.changed(14, "bob", { do: "remove", user: "alice" }),
    group.said(15, "bob"),
  ];
  const rows = [0, 10, 11, 12, 13].map((read) => after(...removed).row("alice", 10, read));
  expect(rows.map((row) => row?.unread)).toEqual([2, 2, 1, 1, 0]);
  expect(rows.map((row) => row?.mentioned ?? false)).toEqual([true, true, false, false, false]);
  expect(rows[0]).toMatchObject({ seq: 14, at: 2_000_014, upTo: 14 });
  expect(after(...removed).row("alice", 10, 16)?.unread).toBe(0);
  const back = [...removed, group.changed(16, "bob", { do: "add", users: ["alice"] })];
  const come = after(...back).row("alice", 16);
  expect(come).toMatchObject({ unread: 0, seq: 16 });
  expect(come).not.toHaveProperty("mentioned");
  expect(come).not.toHaveProperty("upTo");
  const meant = after(...back, group.said(17, "bob", ["alice"])).row("alice", 16);
  expect(meant).toMatchObject({ unread: 1, mentioned: true, seq: 17 });
});
