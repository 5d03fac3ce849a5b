import { describe, expect, test } from "vitest";
import { answer } from "../../src/projections/queries.ts";
import { after, G, group, made, MOMENT } from "./groupanswers.ts";

describe("[G10] the history of a group", () => {
  test("has messages and lines in the group's order", () => {
    const data = { way: [1, 2] };
    const { messages } = after(
      made,
      group.said(12, "bob", ["alice", "mallory"]),
      group.said(14, "bob", [], "look", data),
    ).history("alice")!;
    expect(messages).toMatchObject([
      { seq: 10, at: 2_000_010, by: "alice", cid: "phone.10", change: { do: "create" } },
      { seq: 12, id: `${G}:12`, author: "bob", to: G, body: "bob 12", mentions: ["alice"] },
      { seq: 14, id: `${G}:14`, author: "bob", to: G, body: "look", data, sentAt: 2_000_012 },
    ]);
    expect(messages[2]).not.toHaveProperty("mentions");
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
    expect(views.history("dave", { limit: 2, after: 17 })).toMatchObject({
      messages: [{ seq: 18 }, { seq: 22 }],
      more: true,
    });
    expect(views.history("dave", { after: 16, before: 22 })).toMatchObject({
      messages: [{ seq: 18 }],
      more: false,
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
    group.changed(13, "alice", { do: "describe", about: "of old" }),
    group.changed(14, "bob", { do: "leave", user: "bob" }),
    group.changed(15, "alice", { do: "describe", name: "new" }),
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
  test("has its last name in the list of chats, whatever has changed since", () => {
    const all = [
      made,
      group.changed(11, "alice", { do: "describe", name: "new" }),
      group.changed(12, "alice", { do: "rule", edit: "admins" }),
      group.changed(13, "alice", { do: "add", users: ["dave"] }),
      group.said(14, "bob"),
    ];
    const names = all.map((_, i) => after(...all.slice(0, i + 1)).row("alice", 10)?.name);
    expect(names).toEqual(["name 10", "new", "new", "new", "new"]);
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
    expect(JSON.stringify([...off.rows.all])).not.toContain(secret);
  });
  test("leaves of a member's asks that were refused a few, and none behind one that is accepted", () => {
    const secrets = Array.from({ length: 30 }, (_, i) => `${i}`.padStart(22, "x"));
    const asks = secrets.map((each, i) => group.asked(11 + i, "bob", 10, each));
    const refused = after(made, ...asks);
    const kept = secrets.filter((each) => JSON.stringify([...refused.rows.all]).includes(each));
    expect(kept).toEqual(secrets.slice(-8));
    const accepted = after(
      made,
      ...asks,
      group.changed(42, "alice", { do: "promote", user: "bob" }),
      group.asked(43, "bob", 10, secret),
      group.changed(44, "bob", { do: "invite", on: true }, 43),
    );
    expect(accepted.group("alice")?.invite).toBe(secret);
    for (const each of secrets) expect(JSON.stringify([...accepted.rows.all])).not.toContain(each);
  });
  test("leaves nothing of a stranger's ask", () => {
    const before = after(made).rows.all;
    const stranger = after(made, group.asked(11, "mallory", 0, secret)).rows.all;
    const stale = after(made, group.asked(11, "bob", 9, secret)).rows.all;
    expect([stranger, stale]).toEqual([before, before]);
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
