import { describe, expect, test } from "vitest";
import { both, changed, event, finals, more, without, type Change } from "./changes.ts";
import type { Happening } from "./history/happening.ts";
import { arrange } from "./history/history.ts";
import { judged } from "./invariants/invariants.ts";
import { good } from "./recording.ts";

/** The promises that a history breaks. */
const broken = (lines: Happening[]): string[] =>
  judged(arrange(lines))
    .filter(({ breaches }) => breaches.length > 0)
    .map(({ id }) => id);

test("a history in which every promise is kept has nothing against it", () => {
  expect(broken(good())).toEqual([]);
});

describe("a history breaks", () => {
  test.each<[id: string, how: string, change: Change]>([
    [
      "I1",
      "lacks an acknowledged message on a device of the peer",
      finals("bob-phone", ([, ...rest]) => rest),
    ],
    [
      "I1",
      "lacks an acknowledged message on a device of its author",
      finals("alice-phone", ([first]) => (first ? [first] : [])),
    ],
    ["I1", "acknowledges what is not stored yet", changed("acked", { text: "1" }, { seq: 2 })],
    [
      "I2",
      "shows a message that nobody wrote",
      finals("bob-phone", (items) => [
        ...items,
        { text: "3", author: "alice", id: "alice:8", seq: 11, status: "sent" },
      ]),
    ],
    ["I2", "stores other words than were written", event({ seq: 4 }, { text: "one" })],
    [
      "I3",
      "shows a message twice at once",
      changed("shows", { device: "bob-phone" }, { times: 2 }),
    ],
    [
      "I3",
      "has a message twice in the end",
      finals("bob-phone", (items) => [...items, ...items.slice(1)]),
    ],
    [
      "I3",
      "shows a message under two ids",
      changed("shows", { device: "bob-phone" }, { id: "alice:2" }),
    ],
    [
      "I3",
      "has two copies that count of a message in a mailbox",
      more({
        what: "stored",
        stream: "MAILBOX_0",
        seq: 12,
        position: 12,
        owner: "bob",
        kind: "copy",
        wall: 1_000_012,
        event: { type: "MessageSent", author: "alice", to: "bob", text: "1", cause: 11 },
      }),
    ],
    [
      "I4",
      "gets a lower seq behind a higher one",
      changed("gets", { mailbox: "bob", seq: 6 }, { seq: 1 }),
    ],
    [
      "I4",
      "has two in another order than their seqs",
      finals("bob-phone", (items) => items.toReversed()),
    ],
    [
      "I4",
      "has another message at a seq",
      finals("alice-phone", ([a, b]) =>
        a && b
          ? [
              { ...a, text: b.text },
              { ...b, text: a.text },
            ]
          : [],
      ),
    ],
    [
      "I5",
      "shows what was written later above what was written before",
      finals("bob-phone", ([a, b]) =>
        a && b
          ? [
              { ...a, text: b.text, id: b.id ?? "" },
              { ...b, text: a.text, id: a.id ?? "" },
            ]
          : [],
      ),
    ],
    [
      "I6",
      "takes a tick back",
      more({ what: "ticks", device: "alice-phone", text: "1", status: "sent" }),
    ],
    [
      "I6",
      "tells of a receipt below the one before, though every device holds on to the higher one",
      event({ seq: 10 }, { upTo: 3 }),
    ],
    ["I7", "has a receipt in the log before its message", event({ seq: 8 }, { upTo: 20 })],
    ["I7", "states the receipt of what has not come", event({ seq: 7 }, { upTo: 20 })],
    [
      "I7",
      "says delivered of what has not come to the device",
      changed("says", { type: "delivered" }, { upTo: 20 }),
    ],
    [
      "I8",
      "ends with a tick that is too low",
      finals("alice-phone", ([a, b]) => (a && b ? [{ ...a, status: "delivered" }, b] : [])),
    ],
    [
      "I8",
      "ends with a tick that is too high",
      finals("alice-phone", ([a, b]) => (a && b ? [a, { ...b, status: "read" }] : [])),
    ],
    [
      "I9",
      "says that somebody was last seen before what it has said already",
      more({ what: "sees", socket: "bob-phone/1", user: "alice", lastSeen: 1_000_900 }),
    ],
    [
      "I9",
      "says that somebody was seen who has done nothing then",
      more({ what: "sees", socket: "bob-phone/1", user: "alice", lastSeen: 1_090_000 }),
    ],
    [
      "I9",
      "does not say what somebody did long ago",
      both(
        without("fault"),
        more({ what: "sees", socket: "bob-phone/2", user: "alice", online: false }),
      ),
    ],
    ["I9", "has somebody as online for ever", changed("quiet", {}, { at: 99_999 })],
    ["I10", "has an auditor with something to say", changed("audit", {}, { code: 3 })],
    [
      "I12",
      "is caught up over a hole",
      both(
        without("gets", { seq: 4 }),
        changed("gets", { seq: 6 }, { prev: 2 }),
        more({ what: "caught-up", socket: "bob-phone/1", seq: 10 }),
      ),
    ],
    ["I12", "has a hole within a socket", without("gets", { seq: 8 })],
    ["I13", "lets a process grow", changed("memory", {}, { bytes: 2 ** 30 })],
    [
      "I14",
      "does not come to rest",
      changed("quiet", {}, { settled: false, lacks: ["bob-phone is not online"] }),
    ],
    ["I14", "is never healed", without("healed")],
    [
      "I14",
      "has a process that does not come back from a fault",
      more({ what: "unready", processes: ["gateway-1"] }),
    ],
    [
      "I15",
      "gives somebody another's mailbox",
      changed("gets", { mailbox: "bob", seq: 9 }, { mailbox: "alice" }),
    ],
    [
      "I15",
      "gives somebody another's message",
      changed(
        "gets",
        { mailbox: "bob", seq: 4 },
        { event: { type: "MessageSent", author: "carol", to: "dave" } },
      ),
    ],
    [
      "I16",
      "leaves an open socket without what is stored",
      both(without("gets", { seq: 10 }), changed("quiet", {}, { at: 60_000 })),
    ],
    ["I17", "drops an acknowledged send as a repeat", event({ seq: 6 }, { cause: 3 })],
    [
      "I17",
      "acknowledges what is in no mailbox",
      both(without("stored", { seq: 5 }), without("stored", { seq: 6 })),
    ],
  ])("%s if it %s", (id, _, change) => {
    expect(broken(change(good()))).toContain(id);
  });

  test.each<[how: string, change: Change]>([
    [
      "a message that nobody knows of is not there",
      both(
        without("acked", { text: "2" }),
        without("stored", { seq: 5 }),
        without("stored", { seq: 6 }),
        without("gets", { seq: 5 }),
        without("gets", { seq: 6 }),
      ),
    ],
    ["a message is there of which nobody was told", without("acked", { text: "2" })],
    [
      "a socket whose link is cut hears nothing",
      both(
        without("gets", { seq: 10 }),
        changed("healed", {}, { what: "link", device: "alice-phone", how: "held" }),
        changed("quiet", {}, { at: 60_000 }),
      ),
    ],
  ])("nothing if %s", (_, change) => {
    expect(broken(change(good())).filter((id) => /^I(1|2|16|17)$/.test(id))).toEqual([]);
  });
});
