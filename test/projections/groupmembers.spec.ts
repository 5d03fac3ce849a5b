import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { formerAt, letIn, letOut } from "../../src/projections/views/groups/members.ts";
import { kindOf } from "../../src/projections/store/rows.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { after, G, group, made } from "./groupanswers.ts";
import { began, later } from "./support.ts";

/** The rows of one kind. */
const ofKind = (rows: MemoryRows, kind: string): [string, unknown][] =>
  [...rows.all].filter(([key]) => kindOf(key) === kind);
const added = (seq: number, ...users: string[]): Entry =>
  group.changed(seq, "alice", { do: "add", users });
const removed = (seq: number, user: string): Entry =>
  group.changed(seq, "alice", { do: "remove", user });

describe("[G10] the members of a group", () => {
  test("are told by their ids, in whatever order they came, each page behind the last of the one before", () => {
    const views = after(group.created(10, ["alice", "dave", "carol", "erin"]), added(12, "bob"));
    const ids = (page = {}) => views.members("alice", page)?.members.map(({ user }) => user);
    expect(ids()).toEqual(["alice", "bob", "carol", "dave", "erin"]);
    expect(ids({ after: "bob" })).toEqual(["carol", "dave", "erin"]);
    expect(ids({ after: "bob", limit: 1 })).toEqual(["carol"]);
    expect(views.members("alice")?.members[1]).toEqual({ user: "bob", role: "member", from: 12 });
  });

  test("come back as members alone, from there on, and leave again", () => {
    const back = [
      made,
      group.changed(11, "alice", { do: "promote", user: "bob" }),
      removed(12, "bob"),
      group.changed(13, "alice", { do: "describe", name: "new" }),
      added(14, "bob"),
    ];
    const views = after(...back);
    expect(views.group("bob")).toMatchObject({ name: "new", from: 14, role: "member", members: 3 });
    expect(views.group("bob")).not.toHaveProperty("upTo");
    expect(views.row("bob", 10)).toMatchObject({ seq: 12, upTo: 12 });
    const again = after(...back, removed(16, "bob"), added(18, "bob"), removed(20, "bob"));
    expect(again.group("bob")).toMatchObject({ from: 18, upTo: 20, members: 2 });
    for (const [from, upTo] of [
      [10, 12],
      [14, 16],
      [18, 20],
    ] as const)
      expect(again.row("bob", from)).toMatchObject({ seq: upTo, upTo });
    expect(again.seen("bob")).toEqual([10, 11, 12, 14, 16, 18, 20]);
  });

  test("are in once, though a fact lets them in again, and nobody is let out or made an admin who is not in", () => {
    const views = after(made, added(12, "bob", "dave"));
    expect(views.members("bob")?.members.map(({ from }) => from)).toEqual([10, 10, 10, 12]);
    const before = after(made).rows;
    for (const change of [
      { do: "promote", user: "mallory" },
      { do: "demote", user: "mallory" },
      { do: "remove", user: "mallory" },
      { do: "leave", user: "mallory", successor: "mallory" },
    ] as const) {
      const { rows } = after(made, group.changed(12, "alice", change));
      for (const kind of ["member", "present", "gone"])
        expect(ofKind(rows, kind)).toEqual(ofKind(before, kind));
    }
  });

  test("cost a change of something else no write", () => {
    const { rows } = after(made);
    const list = ofKind(rows, "present")[0]?.[1];
    letIn(rows, G, ["alice", "bob"], 12);
    letIn(rows, G, [], 13);
    expect(ofKind(rows, "present")[0]?.[1]).toBe(list);
  });

  test("who have left are found from the place of a message on, as many as may be looked at, those first who left first", () => {
    const rows = new MemoryRows();
    letIn(rows, G, ["ann", "ben", "cid"], 10);
    for (const [user, upTo] of [
      ["ann", 12],
      ["ben", 14],
      ["cid", 16],
    ] as const)
      letOut(rows, G, user, upTo);
    letIn(rows, G, ["ben"], 18);
    const found = (place: number, max = 9) => formerAt(rows, G, place, max).map(({ user }) => user);
    expect([10, 12, 13, 16, 17].map((place) => found(place))).toEqual([
      ["ann", "ben", "cid"],
      ["ann", "ben", "cid"],
      ["ben", "cid"],
      ["cid"],
      [],
    ]);
    expect([1, 2, 3].map((max) => found(10, max).length)).toEqual([1, 2, 3]);
    expect(found(9)).toEqual([]);
    expect(formerAt(rows, G, 16, 9)).toEqual([
      { user: "cid", from: 10, delivered: 9, read: 9, upTo: 16 },
    ]);
  });
});

describe("[G10] the history of a group", () => {
  test("has a change that nobody asked for, without a name of the ask", () => {
    const left = group.changed(12, "bob", { do: "leave", user: "bob", why: "limit" } as never);
    const { cid: _, ...said } = JSON.parse(left.raw) as { cid?: string };
    const { messages } = after(made, { ...left, raw: JSON.stringify(said) }).history("alice")!;
    expect(messages[1]).toEqual({
      seq: 12,
      at: 2_000_012,
      by: "bob",
      change: { do: "leave", user: "bob", why: "limit" },
    });
  });

  test("has a row of five values of what is said plainly, and one more where it has data or means somebody", () => {
    const said = [group.said(11, "bob"), group.said(12, "bob", ["alice"])];
    const data = group.said(13, "bob", [], "look", { way: 1 });
    const { rows } = after(made, ...said, data);
    const values = [...rows.all].flatMap(([key, row]) =>
      kindOf(key) === "grouptext" ? [(row as unknown[]).length] : [],
    );
    expect(values).toEqual([4, 5, 6, 6]);
  });

  test("counts nobody's own words as unread, nor what lies above the last that they see, nor one's own mention", () => {
    const views = after(made, group.said(11, "bob", ["bob"]), group.said(12, "carol"));
    expect(views.row("bob", 10)).toMatchObject({ unread: 1 });
    expect(views.row("bob", 10)).not.toHaveProperty("mentioned");
    const more = [group.said(13, "alice"), group.said(15, "alice"), group.said(16, "bob")];
    const own = after(made, group.said(11, "bob"), group.said(12, "alice"), ...more);
    const unread = [0, 11, 12, 14, 15, 16].map((read) => own.row("alice", 10, read)?.unread);
    expect(unread).toEqual([2, 1, 1, 1, 1, 0]);
    for (const read of [12, 13, 20]) expect(views.row("alice", 10, read)?.unread).toBe(0);
  });

  test("goes on in another generation, and names it", () => {
    const said = [15, 17].map((seq) => later(group.said(seq, "bob")));
    const views = after(made, group.said(12, "alice"), began(13), ...said);
    expect(views.history("alice")?.messages).toMatchObject([
      { seq: 10 },
      { seq: 12, id: `${G}:12` },
      { seq: 15, generation: 1, id: `${G}:${2 ** 44 + 15}` },
      { seq: 17, generation: 1 },
    ]);
    expect(views.history("alice")?.messages[1]).not.toHaveProperty("generation");
    const seqs = (page: object) => views.history("alice", page)?.messages.map(({ seq }) => seq);
    expect(seqs({ before: 17 })).toEqual([10, 12, 15]);
    expect(seqs({ after: 12 })).toEqual([15, 17]);
    expect(seqs({ after: 15 })).toEqual([17]);
    expect(views.row("carol", 10, 12)).toMatchObject({ unread: 2, seq: 17, generation: 1 });
  });
});
