import { describe, expect, test } from "vitest";
import { raised, raises } from "../../../src/actors/ownership/raising.ts";
import { Roster } from "../../../src/actors/ownership/roster.ts";
import type { Host, Owner } from "../../../src/events/owner.ts";
import type { Bystander } from "../../../src/protocol/internal/beat.ts";

const BEAT_MS = 500;
const SETTLE_MS = 10_000;
const me: Host = { host: "me", incarnation: "me-1" };
const said: Owner = {
  type: "OwnerClaimed",
  epoch: "e",
  earlier: [],
  marks: [],
  rules: 1,
  layout: 1,
  owner: me,
};
const process = (rules: number, host = `of-${rules}`): Bystander => ({
  host,
  incarnation: `${host}-1`,
  version: "1",
  rules,
});

/** A host with these rules that has listened since 0 up to `now`, and heard itself and, until then, processes with these rules. */
function heard(own: number, now: number, others: Readonly<Record<number, number>> = {}) {
  const roster = new Roster(me, 0);
  for (let at = 0; at <= now; at += BEAT_MS) {
    roster.hear({ ...process(own), ...me, n: at, owned: [], load: 0, draining: false }, at);
    for (const [rules, until] of Object.entries(others))
      if (at <= until) roster.hear(process(Number(rules)), at);
    roster.tick(at, true);
  }
  return { self: me, rules: own, roster };
}

describe("[L12] an owner", () => {
  test("raises the rules of its stream to its own once it has heard nobody below them for the time to settle", () => {
    expect(raises(heard(2, SETTLE_MS), said, SETTLE_MS, SETTLE_MS)).toBe(2);
    expect(raises(heard(2, 30_000, { 1: 20_000 }), said, SETTLE_MS, 30_000)).toBeUndefined();
    expect(raises(heard(2, 30_500, { 1: 20_000 }), said, SETTLE_MS, 30_500)).toBe(2);
  });

  test("raises no higher than the lowest that it hears, and never lowers them", () => {
    const mixed = heard(4, 30_000, { 3: 30_000, 5: 30_000 });
    expect(raises(mixed, said, SETTLE_MS, 30_000)).toBe(3);
    expect(raises(mixed, { ...said, rules: 3 }, SETTLE_MS, 30_000)).toBeUndefined();
    expect(raises(heard(1, 30_000), { ...said, rules: 3 }, SETTLE_MS, 30_000)).toBeUndefined();
  });

  test("counts only time in which it could have heard", () => {
    const stalled = heard(2, 30_000);
    stalled.roster.tick(35_000, true);
    expect(raises(stalled, said, SETTLE_MS, 40_000)).toBeUndefined();
    expect(raises(stalled, said, SETTLE_MS, 45_000)).toBeUndefined();
    const cut = heard(2, 30_000);
    cut.roster.tick(30_500, false);
    expect(raises(cut, said, SETTLE_MS, 31_000)).toBeUndefined();
  });

  test("alone raises them: whoever is not named leaves them", () => {
    const other = { ...said, owner: { host: "bea", incarnation: "bea-1" } };
    expect(raises(heard(2, 30_000), other, SETTLE_MS, 30_000)).toBeUndefined();
    const { owner: _, ...nobody } = said;
    expect(raises(heard(2, 30_000), nobody, SETTLE_MS, 30_000)).toBeUndefined();
  });

  test("is held back by no flood of forged beats but one that says lower rules", () => {
    const { roster, ...more } = heard(2, 30_000);
    for (let rules = 3; rules < 1_000; rules++) roster.hear(process(rules), 30_000);
    expect(raises({ roster, ...more }, said, SETTLE_MS, 30_000)).toBe(2);
    roster.hear(process(1), 30_000);
    expect(raises({ roster, ...more }, said, SETTLE_MS, 30_000)).toBeUndefined();
  });

  test("says all else of the stream as it was", () =>
    expect(raised(said, 2)).toEqual({ ...said, type: "RulesRaised", rules: 2 }));
});

test("a process without actors is no host: nothing is handed to it", () => {
  const { roster } = heard(2, 30_000, { 2: 30_000 });
  expect(roster.living(1, 30_000)).toEqual([]);
});
