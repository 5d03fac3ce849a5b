import { describe, expect, test } from "vitest";
import { positionOf } from "../../src/events/position.ts";
import type { Happening, LoggedEvent } from "./history/happening.ts";
import { arrange } from "./history/history.ts";
import { doubled } from "./invariants/doubled.ts";
import { repeats } from "./invariants/repeats.ts";
import { ticks } from "./invariants/ticks.ts";

/** A place in a stream that was rolled back once: 0 is the generation before that. */
type Place = readonly [generation: number, seq: number];

const at = (place: Place): number => positionOf(...place);
const wrote = { type: "MessageSent", author: "alice", to: "bob" };

const stored = (owner: string, kind: string, place: Place, event: LoggedEvent): Happening => ({
  at: 0,
  what: "stored",
  stream: owner === "alice" ? "MAILBOX_0" : "MAILBOX_1",
  seq: place[1],
  position: at(place),
  owner,
  kind,
  wall: place[1],
  event,
});

/** alice's message in her mailbox. */
const fact = (text: string, place: Place): Happening =>
  stored("alice", "fact", place, { ...wrote, text });
/** The copy in bob's of what lay, or lies, in hers. `generation`: that of bob's stream, as its teller knew it. */
const copy = (text: string, of: Place, there: Place, generation: number): Happening =>
  stored("bob", "copy", there, {
    ...wrote,
    text,
    cause: at(of),
    position: at(of),
    ...(generation > 0 && { in: generation }),
  });
const shown = (device: string, text: string, place: Place, times = 1): Happening => ({
  at: 1,
  what: "shows",
  device,
  chat: device === "bob-phone" ? "alice" : "bob",
  text,
  id: `alice:${at(place)}`,
  times,
});
const told = (of: Place, there: Place, upTo: Place): Happening =>
  stored("alice", "copy", there, {
    type: "MessageDelivered",
    author: "bob",
    peer: "alice",
    upTo: at(upTo),
    cause: at(of),
    in: there[0],
  });

/** alice has written "a" and "b", and has heard ✓ of both; each of the two has one device. */
const begun: Happening[] = [
  ...["alice", "bob"].map((user): Happening => ({
    at: 0,
    what: "joins",
    device: `${user}-phone`,
    user,
    kind: "app",
  })),
  ...["a", "b"].flatMap((text, i): Happening[] => [
    { at: 0, what: "writes", device: "alice-phone", user: "alice", to: "bob", text, n: i + 1 },
    { at: 0, what: "acked", socket: "alice-phone/1", text, id: `alice:${i + 1}`, seq: i + 1 },
  ]),
];

const breaches = (lines: readonly Happening[]) => {
  const history = arrange([...begun, ...lines]);
  return [doubled, repeats, ticks].flatMap((each) =>
    each.breaches(history).length > 0 ? [each.id] : [],
  );
};

describe("where a stream was rolled back, nothing is broken if", () => {
  test.each<[string, Happening[]]>([
    [
      "what its peers were told under way does not count, and comes again in its turn",
      [
        fact("a", [0, 1]),
        fact("b", [0, 2]),
        copy("b", [0, 2], [1, 5], 0),
        copy("a", [0, 1], [1, 6], 1),
        copy("b", [0, 2], [1, 7], 1),
      ],
    ],
    [
      "its author goes on below the seqs that were lost",
      [copy("a", [0, 9], [0, 3], 0), fact("b", [1, 2]), copy("b", [1, 2], [0, 4], 0)],
    ],
    [
      "a send that its author's stream has lost, and that is repeated, is told and shown once more to its peer",
      [
        fact("a", [1, 1]),
        fact("b", [1, 2]),
        copy("a", [0, 1], [0, 3], 0),
        copy("a", [1, 1], [0, 4], 0),
        copy("b", [1, 2], [0, 5], 0),
        shown("bob-phone", "a", [0, 1]),
        shown("bob-phone", "a", [1, 1], 2),
      ],
    ],
    [
      "its receipts begin anew",
      [
        fact("a", [0, 1]),
        fact("b", [0, 2]),
        copy("a", [0, 1], [0, 3], 0),
        copy("b", [0, 2], [0, 4], 0),
        told([0, 7], [0, 8], [0, 2]),
        told([1, 5], [0, 9], [0, 1]),
      ],
    ],
  ])("%s", (_, lines) => expect(breaches(lines)).toEqual([]));
});

describe("where a stream was rolled back, the checker flags", () => {
  const whole = [
    fact("a", [1, 1]),
    fact("b", [1, 2]),
    copy("a", [1, 1], [0, 4], 0),
    copy("b", [1, 2], [0, 5], 0),
  ];
  test.each<[string, string, Happening[]]>([
    [
      "I17",
      "a copy that was put for the generation before, and never again",
      [
        fact("a", [0, 1]),
        fact("b", [0, 2]),
        copy("a", [0, 1], [1, 6], 1),
        copy("b", [0, 2], [1, 7], 0),
      ],
    ],
    [
      "I17",
      "causes without their generation: what follows is a repeat for ever",
      [copy("a", [0, 9], [0, 3], 0), fact("b", [1, 2]), copy("b", [0, 2], [0, 4], 0)],
    ],
    [
      "I17",
      "a copy in somebody else's mailbox",
      [
        fact("a", [0, 1]),
        fact("b", [0, 2]),
        copy("a", [0, 1], [0, 3], 0),
        { ...copy("b", [0, 2], [0, 4], 0), owner: "carol" } as Happening,
      ],
    ],
    ["I3", "two copies of one generation", [...whole, copy("a", [1, 3], [0, 6], 0)]],
    [
      "I3",
      "two copies of things that the author still has",
      [fact("a", [0, 1]), copy("a", [0, 1], [0, 3], 0), ...whole],
    ],
    [
      "I3",
      "a message that is there more often than there are generations",
      [...whole, fact("b", [0, 9]), shown("bob-phone", "a", [1, 1], 3)],
    ],
    [
      "I3",
      "a message that its author has twice",
      [...whole, fact("b", [0, 9]), shown("alice-phone", "a", [1, 1], 2)],
    ],
    [
      "I3",
      "two ids in one generation",
      [...whole, shown("bob-phone", "a", [1, 1]), shown("bob-phone", "a", [1, 3])],
    ],
    [
      "I6",
      "receipts that fall within one generation",
      [...whole, told([1, 7], [0, 8], [1, 2]), told([1, 8], [0, 9], [1, 1])],
    ],
  ])("by %s %s", (id, _, lines) => expect(breaches(lines)).toContain(id));
});
