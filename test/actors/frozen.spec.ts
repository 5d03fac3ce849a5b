import { expect, test } from "vitest";
import { freezing, thawing } from "../../src/actors/frozen.ts";
import { newcomer, type UserState } from "../../src/actors/user.ts";
import { freeze, thaw } from "../support/frozen.ts";
import { mailbox } from "../support/mailbox.ts";
import { fold, opened } from "./support.ts";

const alice = mailbox("alice");
const groupOf = (i: number): string => `g-${String(i).padStart(22, "0")}`;

/** The pieces in which it is done. */
const pieces = (work: Generator<number, unknown>): number[] => [...work];

/** Of so many peers and groups that they take several lines each. */
function busy(): UserState {
  const sends = Array.from({ length: 40 }, (_, i) => alice.sent(i + 1, `peer-${i}`, `p.${i + 1}`));
  const stays = Array.from({ length: 20 }, (_, i) => alice.joined(50 + i, groupOf(i), 10 + i));
  return fold([...sends, ...stays, opened(80, "phone")]);
}

test("[A1] a user's state comes out of its text as it was, with every stay in a group, also one that is over", () => {
  const state = fold([
    alice.told(1, "bob", 5),
    alice.received(2, "bob", { delivered: 5, read: 5 }),
    alice.joined(3, groupOf(1), 10),
    alice.left(4, groupOf(1), 10, 17),
    alice.joined(5, groupOf(1), 20),
    alice.joined(6, groupOf(2), 1),
    opened(7, "phone"),
  ]);
  for (const each of [state, busy(), newcomer]) expect(thaw(freeze(each))).toEqual(each);
});

test("[N6] a state that would be too long as text is none, and one that just fits is whole", () => {
  const text = freeze(busy());
  expect(freeze(busy(), text.length)).toBe(text);
  expect(freeze(busy(), text.length - 1)).toBeUndefined();
  // No more of it is made than may be kept.
  expect(pieces(freezing(busy(), 1))).toHaveLength(2);
});

test("[A1] a text of which a part is missing, wherever it was cut, is no state", () => {
  for (const whole of [freeze(busy()), freeze(newcomer)])
    for (let at = 0; at < whole.length; at++)
      expect(() => thaw(whole.slice(0, at))).toThrow(/JSON|peers|groups/);
  const lines = freeze(busy()).split("\n");
  for (const i of lines.keys())
    if (i > 0)
      expect(() => thaw(lines.toSpliced(i, 1).join("\n"))).toThrow(/peers|groups|\[object/);
});

test("[A1] a text of fewer peers, or groups, than it says is no state", () => {
  const lines = freeze(busy()).split("\n");
  for (const [i, line] of lines.entries()) {
    const entries = i === 0 ? [] : (JSON.parse(line) as unknown[]);
    if (entries.length === 0) continue;
    const less = lines.with(i, JSON.stringify(entries.slice(1))).join("\n");
    expect(() => thaw(less)).toThrow(/ of \d+ (peers|groups)$/);
  }
});

test("[N6] the parts of a text are told before each, as long as it is, or as many as it is of", () => {
  const text = freeze(busy());
  expect(pieces(thawing(text))).toEqual(text.split("\n").map(({ length }) => length));
  const [begin, ...told] = pieces(freezing(busy(), Number.POSITIVE_INFINITY));
  expect(begin).toBe(0);
  const entries = text
    .split("\n")
    .slice(1)
    .map((line) => (JSON.parse(line) as []).length);
  expect(told).toEqual(entries.map((count) => count * 64));
});
