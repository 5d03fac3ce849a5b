import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { letIn, letOut } from "../../src/projections/views/groups/members.ts";
import { groupStatus, info } from "../../src/projections/views/groups/status.ts";
import { after, G, group, made } from "./groupanswers.ts";

const said = [made, group.said(12, "alice")];
const of = (...more: Entry[]) => after(...said, ...more);
const one = (user: string, upTo = 12): [number, string[]][] => [[upTo, [user]]];

describe("[G10] who has a message of a group", () => {
  test("is told in the order of the ids, those who have left among the others, and never its author", () => {
    const views = of(
      group.changed(14, "alice", { do: "remove", user: "bob" }),
      group.changed(16, "alice", { do: "leave", user: "alice", successor: "carol" }),
      group.changed(18, "carol", { do: "add", users: ["alice", "dave"] }),
    );
    expect(views.info("alice", 12)).toEqual({
      members: [
        { user: "bob", delivered: false, read: false, left: true },
        { user: "carol", delivered: false, read: false },
      ],
      more: false,
    });
    expect(views.info("alice", 12, { limit: 2 })?.more).toBe(false);
    const after = (user: string) => views.info("alice", 12, { after: user })?.members.length;
    expect([after("alice"), after("bob"), after("carol")]).toEqual([2, 1, 0]);
  });

  test("has it since the first receipt that reaches it, and what is read is delivered", () => {
    const views = of(
      group.gathered(13, { read: one("bob") }),
      group.said(14, "alice"),
      group.gathered(15, { delivered: one("carol", 14) }),
      group.gathered(16, { delivered: one("bob", 14), read: one("carol", 12) }),
      group.gathered(17, { read: one("carol", 14) }),
    );
    expect(views.info("alice", 12)?.members).toEqual([
      { user: "bob", delivered: true, read: true, deliveredAt: 2_000_013, readAt: 2_000_013 },
      { user: "carol", delivered: true, read: true, deliveredAt: 2_000_015, readAt: 2_000_016 },
    ]);
    expect(views.info("alice", 14)?.members).toEqual([
      { user: "bob", delivered: true, read: false, deliveredAt: 2_000_016 },
      { user: "carol", delivered: true, read: true, deliveredAt: 2_000_015, readAt: 2_000_017 },
    ]);
    expect(views.status("alice", 14)).toMatchObject({ status: "delivered", read: 1, of: 2 });
  });

  test("has no more than was claimed, and by a receipt of delivery alone nothing is read", () => {
    const views = of(
      group.said(13, "bob"),
      group.said(14, "alice"),
      group.gathered(15, { delivered: one("bob"), read: one("carol") }),
    );
    expect(views.status("alice", 12)).toMatchObject({ delivered: 2, read: 1 });
    expect(views.status("alice", 14)).toMatchObject({ status: "sent", delivered: 0, read: 0 });
  });

  test("has no time of what somebody has read only since they came back", () => {
    const views = of(
      group.gathered(14, { delivered: one("bob") }),
      group.changed(16, "alice", { do: "remove", user: "bob" }),
      group.changed(18, "alice", { do: "add", users: ["bob"] }),
      group.said(20, "alice"),
      group.gathered(22, { read: one("bob", 20) }),
      group.gathered(24, { read: one("carol") }),
    );
    expect(views.info("alice", 12)?.members).toEqual([
      { user: "bob", delivered: true, read: false, deliveredAt: 2_000_014, left: true },
      { user: "carol", delivered: true, read: true, deliveredAt: 2_000_024, readAt: 2_000_024 },
    ]);
  });

  test("is nobody's to know by what is no id of a message", () => {
    const { rows } = of();
    for (const id of ["x", `${G}:0`, `${G}:12:1`, `${G}:`]) {
      const query = { owner: "alice", id, atLeast: 0 };
      expect(groupStatus.answer(rows, { ...query, view: "groupstatus" })).toBeUndefined();
      expect(info.answer(rows, { ...query, view: "info", limit: 9 })).toBeUndefined();
    }
  });

  test("is not looked for any longer when all times are known", () => {
    const { rows, ...views } = of(
      ...[13, 14].map((seq) => group.gathered(seq, { read: one(seq === 13 ? "bob" : "carol") })),
      group.said(15, "alice"),
      ...["bob", "carol"].map((user, i) => group.gathered(16 + i, { read: one(user, 15) })),
    );
    let looked = 0;
    const { range } = rows;
    rows.range = function* (prefix, bounds) {
      for (const row of range.call(rows, prefix, bounds)) {
        if (prefix.startsWith("tick/")) looked++;
        yield row as never;
      }
    };
    expect(views.info("alice", 12)?.members).toMatchObject([
      { readAt: 2_000_013 },
      { readAt: 2_000_014 },
    ]);
    // The one behind them is seen, and not read.
    expect(looked).toBe(3);
  });

  test("is told with the times of the first 5,000 gathered receipts behind it", () => {
    const views = of(
      group.gathered(5_012, { delivered: one("bob") }),
      group.gathered(5_013, { delivered: one("carol") }),
    );
    for (let place = 11; place < 5_012; place++)
      // The message is at 12, and what lies before it does not count.
      groupStatus.grouped(views.rows, {
        type: "gathered",
        group: G,
        place,
        at: place,
        delivered: [],
        read: [],
      });
    expect(views.info("alice", 12)?.members).toEqual([
      { user: "bob", delivered: true, read: false, deliveredAt: 2_005_012 },
      { user: "carol", delivered: true, read: false },
    ]);
  });

  test("is told of the first 5,000 who have left since", () => {
    const views = of();
    for (let i = 1; i <= 5_001; i++) {
      const user = i < 5_000 ? `x${i}` : i === 5_000 ? "a0" : "a1";
      letIn(views.rows, G, [user], 11);
      letOut(views.rows, G, user, 12 + i);
    }
    const first = views.info("alice", 12, { limit: 2 })?.members.map(({ user }) => user);
    expect(first).toEqual(["a0", "bob"]);
  });
});
