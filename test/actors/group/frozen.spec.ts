import { expect, test } from "vitest";
import { freezingGroup, thawingGroup } from "../../../src/actors/group/frozengroup.ts";
import type { GroupState } from "../../../src/actors/group/groupstate.ts";
import { group, SECRET } from "./support.ts";

/** The end of what is done in pieces. */
function done<Result>(pieces: Generator<number, Result>): Result {
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return piece.value;
  }
}
const pieces = (all: Generator<number, unknown>): number[] => [...all];
const text = (state: GroupState, charsMax = 1e6) => done(freezingGroup(state, charsMax));

/** It has had so many people that they take several lines, and authors, too. */
function busy() {
  const hikers = group("bob", "carol").asks("alice", { do: "invite", secret: SECRET });
  for (let n = 0; n < 14; n++)
    hikers
      .asks(`p${n}`, { do: "join", secret: SECRET })
      .later(1_000)
      .sends(`p${n}`)
      .asks(`p${n}`, { do: "leave" });
  hikers.sends("bob").receives([[hikers.state.head, ["carol"]]]);
  hikers.asks("alice", { do: "remove", user: "carol" }).later(50);
  for (let n = 0; n < 6; n++) hikers.sends("alice");
  hikers.holdsBack = true;
  return hikers.asks("bob", { do: "add", users: ["dan"] }).sends("bob").state;
}

test("[A1] a group's state comes out of its text as it was, with what it owes and the order of standing", () => {
  for (const state of [busy(), group("bob").state]) {
    const thawed = done(thawingGroup(text(state) ?? ""));
    expect(thawed).toEqual(state);
    expect([...thawed.members]).toEqual([...state.members]);
  }
  expect(busy().owed.length).toBeGreaterThan(0);
});

test("[N6] no more of it is made than may be kept, and a part of it is no state", () => {
  const state = busy();
  const whole = text(state) ?? "";
  expect(text(state, whole.length + 1)).toBe(whole);
  expect(text(state, whole.length)).toBeUndefined();
  expect(pieces(freezingGroup(state, 100))).toHaveLength(1);
  const lines = whole.split("\n");
  for (let kept = 1; kept < lines.length; kept++) {
    const cut = lines.slice(0, kept).join("\n");
    expect(() => done(thawingGroup(cut))).toThrow(/JSON|people/);
    const torn = lines.toSpliced(Math.max(3, kept), 1).join("\n");
    expect(() => done(thawingGroup(torn))).toThrow(/people/);
  }
});

test("[N6] each line of it is told before, as long as it is", () => {
  const lines = (text(busy()) ?? "").split("\n").map(({ length }) => length);
  const [first, second, third, ...rest] = lines as [number, number, number, ...number[]];
  expect(pieces(freezingGroup(busy(), 1e6)).slice(1)).toEqual(rest);
  expect(pieces(thawingGroup(text(busy()) ?? ""))).toEqual([first + second + third, ...rest]);
});
