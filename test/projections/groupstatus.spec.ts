import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { groupMailbox, groupNamed } from "../support/group.ts";
import { after, group, made } from "./groupanswers.ts";

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
    const stranger = of(group.gathered(13, { delivered: one("mallory"), read: one("mallory") }));
    expect(stranger.rows.all).toEqual(of().rows.all);
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
    const alone = after(group.created(10, ["alice"], 1_025), group.said(12, "alice"));
    expect(alone.status("alice", 12)).toMatchObject({ status: "sent", of: 0 });
  });
});
