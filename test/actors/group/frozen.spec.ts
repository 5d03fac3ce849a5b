import { expect, test } from "vitest";
import { freezingGroup, thawingGroup } from "../../../src/actors/group/frozengroup.ts";
import type { GroupState } from "../../../src/actors/group/groupstate.ts";
import { group, SECRET } from "./support.ts";

/** The end of what is done in pieces. */
function done<Result>(pieces: Generator<number, Result>): Result {
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return piece.value;
    expect(piece.value).toBeGreaterThanOrEqual(0);
  }
}
const text = (state: GroupState, charsMax = 1e6) => done(freezingGroup(state, charsMax));

function busy() {
  const hikers = group("bob", "carol").asks("alice", { do: "invite", secret: SECRET });
  hikers.sends("bob").receives([[hikers.state.head, ["carol"]]]);
  hikers.asks("alice", { do: "remove", user: "carol" }).later(50);
  for (let n = 0; n < 6; n++) hikers.sends("alice");
  hikers.holdsBack = true;
  return hikers.asks("bob", { do: "add", users: ["dan"] }).sends("bob").state;
}

test("[A1] a group's state comes out of its text as it was, with what it owes and the order of standing", () => {
  const state = busy();
  const thawed = done(thawingGroup(text(state) ?? ""));
  expect(thawed).toEqual(state);
  expect([...thawed.members]).toEqual([...state.members]);
  expect(state.owed.length).toBeGreaterThan(0);
});

test("[N6] no more of it is made than may be kept, and a part of it is no state", () => {
  const whole = text(busy()) ?? "";
  expect(text(busy(), 100)).toBeUndefined();
  const lines = whole.split("\n");
  for (let kept = 1; kept < lines.length; kept++)
    expect(() => done(thawingGroup(lines.slice(0, kept).join("\n")))).toThrow(/JSON|people/);
});
