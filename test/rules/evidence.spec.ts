import { expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { positionOf } from "../../src/events/position.ts";
import { anchorAt, anchorOf, evidence, isVoid } from "../../src/rules/evidence.ts";

const at = (seq: number): string => `${1_795_000_000 + seq}`.padEnd(19, "0");
const entry = (seq: number, kind: Entry["kind"], generation?: number): Entry => ({
  kind,
  owner: "alice",
  seq,
  at: 1,
  instant: at(seq),
  ...(generation !== undefined && { generation }),
  raw: "{}",
});
const taken = (seq: number, generation = 0) => ({
  position: positionOf(generation, seq),
  at: at(seq),
});

test("an anchor is the last entry of a batch, of whatever kind, with the last message or receipt before it", () => {
  const batch = [entry(1, "fact"), entry(2, "copy"), entry(3, "owner"), entry(4, "session")];
  expect(anchorOf(batch)).toEqual({ ...taken(4), mail: taken(2) });
  expect(anchorOf(batch.slice(0, 2))).toEqual(taken(2));
  expect(anchorOf([entry(5, "fact", 3)])).toEqual(taken(5, 3));
});

test("a batch of sessions alone keeps the message or receipt of the anchor before it", () => {
  const sessions = [entry(7, "session")];
  expect(anchorOf(sessions, { ...taken(4), mail: taken(2) })).toEqual({
    ...taken(7),
    mail: taken(2),
  });
  expect(anchorOf(sessions, taken(6))).toEqual({ ...taken(7), mail: taken(6) });
  expect(anchorOf(sessions)).toEqual(taken(7));
});

test("an entry of which no more than milliseconds are known is no anchor", () => {
  const { instant: _, ...unknown } = entry(3, "fact");
  expect(anchorOf([unknown], taken(2))).toBeUndefined();
  expect(anchorOf([])).toBeUndefined();
});

test("an anchor names no message or receipt that is it, or lies behind it", () => {
  expect(anchorAt(taken(4), taken(4))).toEqual(taken(4));
  expect(anchorAt(taken(4), taken(5))).toEqual(taken(4));
  expect(anchorAt(taken(4), taken(3))).toEqual({ ...taken(4), mail: taken(3) });
});

test("an anchor is void where the marks give its seq another generation now", () => {
  const marks = [{ generation: 2, from: 5, before: at(4) }];
  expect(isVoid(marks, taken(4))).toBe(false);
  expect(isVoid(marks, taken(5))).toBe(true);
  expect(isVoid(marks, taken(5, 2))).toBe(false);
  expect(isVoid([], taken(5, 2))).toBe(true);
});

test("an entry that is there counts, also beyond the end that the log had when first asked", async () => {
  const log = {
    end: async () => 5,
    instantAt: async (seq: number) => (seq === 7 ? at(7) : undefined),
  };
  expect(await evidence(log, [], [taken(3), taken(7)])).toBeUndefined();
});

test("an entry that comes while the log's end is asked for is compared", async () => {
  const coming = (instant: string) => {
    let there: string | undefined;
    return { instantAt: async () => there, end: async () => ((there = instant), 9) };
  };
  expect(await evidence(coming(at(9)), [], [taken(9)])).toBeUndefined();
  expect(await evidence(coming(at(8)), [], [taken(9)])).toEqual(taken(9));
});
