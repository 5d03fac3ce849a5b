import { describe, expect, test } from "vitest";
import { open, type Entry } from "../../src/events/entry.ts";
import { answer } from "../../src/projections/queries.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import type { Answers } from "../../src/protocol/frames/reply.ts";
import type { Query } from "../../src/protocol/internal/query.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { groupMailbox, groupNamed } from "../support/group.ts";

const G = groupNamed("one");
const group = groupMailbox(G);
const MOMENT = { now: 0, onlineMs: 1 };

/** The rows of what happened in a stream, asked by somebody. */
function after(...entries: Entry[]) {
  const rows = new MemoryRows();
  for (const each of entries) project(rows, open(each), VIEWS);
  const ask = (query: Omit<Query, "atLeast">): unknown => {
    const said = VIEWS.find(({ name }) => name === query.view)?.answer;
    return said?.(rows, { atLeast: 0, ...query } as Query, MOMENT);
  };
  return {
    rows,
    history: (owner: string, page: { before?: number; after?: number; limit?: number } = {}) =>
      ask({ view: "grouphistory", owner, group: G, limit: 100, ...page } as Query) as
        | Answers["history"]
        | undefined,
    seen(owner: string): number[] | undefined {
      return this.history(owner)?.messages.map(({ seq }) => seq);
    },
    status: (owner: string, seq: number) =>
      ask({ view: "groupstatus", owner, id: `${G}:${seq}` } as Query),
    info: (owner: string, seq: number, page: { after?: string; limit?: number } = {}) =>
      ask({ view: "info", owner, id: `${G}:${seq}`, limit: 200, ...page } as Query) as
        | Answers["info"]
        | undefined,
    group: (owner: string) =>
      ask({ view: "group", owner, group: G } as Query) as Answers["group"] | undefined,
    members: (owner: string, page: { after?: string; limit?: number } = {}) =>
      ask({ view: "members", owner, group: G, limit: 200, ...page } as Query) as
        | Answers["members"]
        | undefined,
  };
}

const made = group.created(10, ["alice", "bob", "carol"]);

describe("[G10] the history of a group", () => {
  test("has messages and lines in the group's order", () => {
    const { messages } = after(made, group.said(12, "bob", ["alice", "mallory"])).history("alice")!;
    expect(messages).toMatchObject([
      { seq: 10, at: 2_000_010, by: "alice", change: { do: "create" } },
      { seq: 12, id: `${G}:12`, author: "bob", to: G, body: "bob 12", mentions: ["alice"] },
    ]);
  });
  test("is nobody's who was never in, and nobody's of a group that never was", () => {
    const views = after(made);
    expect(views.history("mallory")).toBeUndefined();
    expect(views.group("mallory")).toBeUndefined();
    expect(views.members("mallory")).toBeUndefined();
    expect(after().history("alice")).toBeUndefined();
  });
  test("begins with the fact that let one in and ends with the one that let one out, each time", () => {
    const views = after(
      made,
      group.said(12, "alice"),
      group.changed(14, "alice", { do: "add", users: ["dave"] }),
      group.said(16, "alice"),
      group.changed(18, "alice", { do: "remove", user: "dave" }),
      group.said(20, "alice"),
      group.changed(22, "alice", { do: "add", users: ["dave"] }),
      group.said(24, "alice"),
    );
    expect(views.seen("dave")).toEqual([14, 16, 18, 22, 24]);
    expect(views.history("dave", { limit: 2, before: 22 })).toMatchObject({
      messages: [{ seq: 16 }, { seq: 18 }],
      more: true,
    });
    expect(views.history("dave", { limit: 2, after: 16 })).toMatchObject({
      messages: [{ seq: 18 }, { seq: 22 }],
      more: true,
    });
    expect(views.history("dave", { before: 16 })).toMatchObject({
      messages: [{ seq: 14 }],
      more: false,
    });
  });
});

describe("[G10] a group", () => {
  const views = after(
    made,
    group.changed(12, "alice", { do: "describe", about: "of old" }),
    group.changed(14, "bob", { do: "leave", user: "bob" }),
    group.changed(16, "alice", { do: "describe", name: "new" }),
    group.changed(18, "alice", { do: "rule", send: "admins" }),
  );
  test("says to its members what it is", () => {
    expect(views.group("alice")).toEqual({
      group: G,
      name: "new",
      about: "of old",
      rules: { send: "admins", edit: "all", add: "all" },
      members: 2,
      limits: { members: 1_024, sendsPerSecond: 100 },
      receipts: true,
      from: 10,
      role: "admin",
    });
    expect(views.group("carol")?.role).toBe("member");
  });
  test("says to who has left what it was then, and not who is in", () => {
    expect(views.group("bob")).toMatchObject({
      name: "name 10",
      about: "of old",
      upTo: 14,
      members: 2,
    });
    expect(views.group("bob")).not.toHaveProperty("role");
    expect(views.group("bob")?.rules.send).toBe("all");
    expect(views.members("bob")).toBeUndefined();
  });
  test("tells its members in pages, by their ids", () => {
    expect(views.members("carol", { limit: 1 })).toEqual({
      members: [{ user: "alice", role: "admin", from: 10 }],
      more: true,
    });
    // The last one of the page before may be gone by now.
    expect(views.members("carol", { after: "bob" })).toEqual({
      members: [{ user: "carol", role: "member", from: 10 }],
      more: false,
    });
  });
  test("has the successor as its admin where the last one leaves", () => {
    const left = after(
      made,
      group.changed(12, "alice", { do: "leave", user: "alice", successor: "bob" }),
    );
    expect(left.group("bob")?.role).toBe("admin");
    const demoted = after(
      made,
      group.changed(12, "alice", { do: "promote", user: "bob" }),
      group.changed(14, "bob", { do: "demote", user: "alice" }),
    );
    expect([demoted.group("alice")?.role, demoted.group("bob")?.role]).toEqual(["member", "admin"]);
  });
});

describe("[G10] the secret of a group's link", () => {
  const secret = "s".repeat(22);
  const linked = [
    made,
    group.asked(11, "alice", 10, secret),
    group.changed(12, "alice", { do: "invite", on: true }, 11),
  ];
  test("is told to admins alone, and in no history", () => {
    const views = after(...linked);
    expect(views.group("alice")?.invite).toBe(secret);
    expect(views.group("bob")).not.toHaveProperty("invite");
    expect(JSON.stringify(views.history("alice"))).not.toContain(secret);
  });
  test("is of the ask that was accepted, and goes with it", () => {
    const other = "t".repeat(22);
    const refused = after(...linked, group.asked(13, "bob", 10, other), group.said(15, "alice"));
    expect(refused.group("alice")?.invite).toBe(secret);
    const off = after(
      ...linked,
      group.asked(13, "alice", 10),
      group.changed(14, "alice", { do: "invite", on: false }, 13),
    );
    expect(off.group("alice")).not.toHaveProperty("invite");
  });
  test("leaves nothing of a stranger's ask", () => {
    const before = after(made).rows.all;
    const stranger = after(made, group.asked(11, "mallory", 0, secret)).rows.all;
    const stale = after(made, group.asked(11, "bob", 9, secret)).rows.all;
    expect([stranger, stale]).toEqual([before, before]);
  });
});

describe("[G10] the status of a message in a group", () => {
  const said = [made, group.said(12, "alice")];
  const of = (...more: Entry[]) => after(...said, ...more);
  const one = (user: string, upTo = 12): [number, string[]][] => [[upTo, [user]]];

  test("counts the others who are in and were when it came", () => {
    expect(of().status("alice", 12)).toMatchObject({
      status: "sent",
      delivered: 0,
      read: 0,
      of: 2,
    });
    const half = of(group.gathered(14, { delivered: one("bob"), read: [] }));
    expect(half.status("alice", 12)).toMatchObject({ status: "sent", delivered: 1, of: 2 });
    const whole = of(group.gathered(14, { delivered: one("bob"), read: one("carol") }));
    expect(whole.status("alice", 12)).toMatchObject({
      status: "delivered",
      delivered: 2,
      read: 1,
      of: 2,
    });
  });
  test("does not wait for who has left or come later, nor for one who has come back", () => {
    const left = of(
      group.gathered(14, { read: one("bob") }),
      group.changed(16, "alice", { do: "remove", user: "carol" }),
      group.changed(18, "alice", { do: "add", users: ["carol", "dave"] }),
    );
    expect(left.status("alice", 12)).toMatchObject({ status: "read", read: 1, of: 1 });
  });
  test("is read where nobody is left to count", () => {
    const alone = of(
      group.changed(14, "bob", { do: "leave", user: "bob" }),
      group.changed(16, "carol", { do: "leave", user: "carol" }),
    );
    expect(alone.status("alice", 12)).toMatchObject({ status: "read", delivered: 0, of: 0 });
  });
  test("takes no receipt beyond the last fact, of a stranger, of another generation, or below", () => {
    const beyond = of(
      group.gathered(13, { read: [[900, ["bob", "mallory"]]] }),
      group.said(14, "alice"),
    );
    expect(beyond.status("alice", 12)).toMatchObject({ read: 1 });
    expect(beyond.status("alice", 14)).toMatchObject({ read: 0 });
    const other = of(group.gathered(13, { read: one("bob") }, { in: 1 }));
    expect(other.status("alice", 12)).toMatchObject({ read: 0 });
    const back = [
      group.gathered(13, { read: one("bob") }),
      group.gathered(15, { read: one("bob", 10) }),
    ];
    expect(of(...back).status("alice", 12)).toMatchObject({ read: 1 });
    expect(of(...back).rows.all).toEqual(of(back[0]!).rows.all);
  });
  test("is told to its author alone, as is who has it", () => {
    const views = of(group.gathered(13, { read: one("bob") }));
    for (const user of ["bob", "mallory"]) {
      expect(views.status(user, 12)).toBeUndefined();
      expect(views.info(user, 12)).toBeUndefined();
    }
    // A line, a copy, what is not there, and what is another group's.
    for (const seq of [10, 11, 99]) expect(views.status("alice", seq)).toBeUndefined();
    const others = groupMailbox(groupNamed("two"));
    const both = after(made, others.created(11, ["alice"]), others.said(12, "alice"));
    expect(both.status("alice", 12)).toBeUndefined();
  });
  test("says of each member since when, of who has left what was true then", () => {
    const views = of(
      group.gathered(14, { delivered: [[12, ["bob", "carol"]]] }),
      group.gathered(16, { read: one("carol") }),
      group.changed(18, "alice", { do: "remove", user: "carol" }),
      group.changed(20, "alice", { do: "add", users: ["carol"] }),
      group.gathered(22, { read: [[20, ["carol", "bob"]]] }),
    );
    expect(views.info("alice", 12)).toEqual({
      members: [
        { user: "bob", delivered: true, read: true, deliveredAt: 2_000_014, readAt: 2_000_022 },
        {
          user: "carol",
          delivered: true,
          read: true,
          deliveredAt: 2_000_014,
          readAt: 2_000_016,
          left: true,
        },
      ],
      more: false,
    });
    expect(views.info("alice", 12, { limit: 1 })).toMatchObject({
      members: [{ user: "bob" }],
      more: true,
    });
    expect(views.info("alice", 12, { after: "bob" })?.members).toHaveLength(1);
  });
  test("has no receipts in a group that was set up for more than 1,024", () => {
    const views = after(
      group.created(10, ["alice", "bob"], 1_025),
      group.said(12, "alice"),
      group.gathered(14, { read: one("bob") }),
    );
    expect(views.status("alice", 12)).toMatchObject({ status: "sent", read: 0, of: 1 });
    expect(views.group("alice")?.receipts).toBe(false);
  });
});

test("[V3] an answer about a group names a position", () => {
  const { rows } = after(made);
  rows.put("checkpoint", { epoch: "e", seq: 40, views: {} });
  rows.put("marks", [{ generation: 1, from: 30, before: 1 }]);
  const table = {
    get: rows.get.bind(rows),
    range: rows.range.bind(rows),
    checkpoint: () => ({ epoch: "e", seq: 40, views: {} }),
  };
  const query = { view: "group", owner: "alice", group: G, atLeast: 0 } as const;
  expect(answer(query, table as never, MOMENT)).toMatchObject({ seq: 2 ** 44 + 40 });
});
