import { describe, expect, test } from "vitest";
import { both, changed, event, finals, more, without, type Change } from "./changes.ts";
import { GROUP, goodGroup } from "./grouprecording.ts";
import type { FinalItem, Happening } from "./history/happening.ts";
import { arrange } from "./history/history.ts";
import { judged } from "./invariants/invariants.ts";

/** The promises that a history breaks. */
const broken = (lines: Happening[]): string[] =>
  judged(arrange(lines))
    .filter(({ breaches }) => breaches.length > 0)
    .map(({ id }) => id);

const b1: FinalItem = { text: "b1", author: "bob", id: `${GROUP}:4`, seq: 4, status: "sent" };
const fact = (seq: number) => ({ owner: GROUP, seq });
const carols = { socket: "carol-phone/1" };

test("a history of a group in which every promise is kept has nothing against it", () => {
  expect(broken(goodGroup())).toEqual([]);
});

describe("a history of a group breaks", () => {
  test.each<[id: string, how: string, change: Change]>([
    [
      "I20",
      "sends somebody who is out what was written meanwhile",
      more({
        what: "group-gets",
        ...carols,
        group: GROUP,
        seq: 4,
        prev: 3,
        event: { type: "MessageSent", author: "bob", text: "b1" },
      }),
    ],
    [
      "I20",
      "sends somebody a group that they were never in",
      changed("opens", carols, { user: "mallory" }),
    ],
    [
      "I20",
      "has what was written while they were out on a device",
      finals("carol-phone", ([a1, ...rest]) => (a1 ? [a1, b1, ...rest] : [])),
    ],
    ["I21", "lacks a message on a device", finals("bob-phone", ([, ...rest]) => rest)],
    ["I21", "shows a message twice", finals("bob-phone", ([a1, ...rest]) => [a1!, a1!, ...rest])],
    ["I21", "has another order on one device", finals("bob-phone", (all) => all.toReversed())],
    ["I21", "lacks the last one on a device", finals("bob-phone", (all) => all.slice(0, -1))],
    [
      "I21",
      "sends a socket an earlier one behind a later one",
      changed("group-gets", { socket: "bob-phone/1", seq: 5 }, { seq: 2 }),
    ],
    ["I21", "has a hole within a socket", without("group-gets", { socket: "bob-phone/1", seq: 4 })],
    [
      "I21",
      "sends a socket a group that it is not said to follow",
      without("group-place", { socket: "bob-phone/1" }),
    ],
    [
      "I22",
      "acknowledges a message of which nothing is stored",
      without("stored", { owner: "bob", kind: "fact" }),
    ],
    [
      "I22",
      "acknowledges a message of which nothing comes",
      without("stored", { owner: "carol", kind: "copy" }),
    ],
    ["I22", "accepts a message twice", event(fact(7), { text: "c2", author: "carol" })],
    [
      "I23",
      "takes a tick of a message back",
      more({ what: "ticks", device: "alice-phone", text: "a1", status: "delivered" }),
    ],
    [
      "I23",
      "refuses what somebody has received",
      more({ what: "ticks", device: "alice-phone", text: "a1", status: "failed" }),
    ],
    ["I2", "accepts what nobody wrote", event(fact(4), { text: "b2" })],
    [
      "I5",
      "has what one device wrote in another order",
      both(
        event(fact(2), { text: "a2" }),
        event(fact(7), { text: "a1" }),
        finals("bob-phone", (all) => {
          const [first, last] = [all[0]!, all.at(-1)!];
          return [{ ...first, text: "a2" }, ...all.slice(1, -1), { ...last, text: "a1" }];
        }),
      ),
    ],
    ["I6", "tells an author of a receipt below the one before", receipts(7, 2)],
  ])("%s if it %s", (id, _, change) => {
    expect(broken(change(goodGroup()))).toContain(id);
  });

  test("nothing if an author is told more, and is told of it once more", () => {
    expect(broken(receipts(2, 7)(goodGroup()))).toEqual([]);
  });
});

/** The group tells alice twice how far the others have come. */
function receipts(...upTo: readonly number[]): Change {
  return both(
    ...upTo.map((each, i) =>
      more({
        what: "stored",
        stream: "MAILBOX_0",
        seq: 100 + i,
        position: 100 + i,
        owner: "alice",
        kind: "copy",
        wall: 1_000_100,
        event: {
          type: "MessageDelivered",
          author: GROUP,
          peer: "alice",
          cause: 100 + i,
          upTo: each,
        },
      }),
    ),
  );
}
