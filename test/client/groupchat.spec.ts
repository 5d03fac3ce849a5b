import { describe, expect, test } from "vitest";
import {
  blankGroup,
  cursorIn,
  detailed,
  followed,
  groupIn,
  outdated,
  placeIn,
  withGroup,
  type GroupChat,
} from "../../src/client/groups/groupchat.ts";
import { mailOf, newChat } from "../../src/client/mailbox/chat.ts";
import type { GroupFact } from "../../src/events/groupfact.ts";
import { SEQS } from "../../src/events/position.ts";
import type { LineChange } from "../../src/protocol/frames/groupline.ts";
import type { GroupAnswer } from "../../src/protocol/frames/groupviews.ts";
import type { EventFrame } from "../../src/protocol/frames/mailbox.ts";
import type { GroupInfo } from "../../src/client/message.ts";

const ID = "g-0000000000000000000001";
const frame = (seq: number, event: object, generation?: number): EventFrame => ({
  t: "event",
  mailbox: ID,
  seq,
  prev: seq - 1,
  at: seq * 10,
  ...(generation !== undefined && { generation }),
  event: event as EventFrame["event"],
});
const said = (author: string, more: object = {}) => ({
  type: "MessageSent",
  author,
  to: ID,
  cid: "c.1",
  body: "b",
  cause: 1,
  of: 1,
  sentAt: 5,
  ...more,
});
const chat = (group: Partial<GroupChat["group"]> = {}, more: Partial<GroupChat> = {}): GroupChat =>
  withGroup({ ...blankGroup(ID, "me"), ...more }, group);
const after = (info: GroupInfo, change: LineChange): GroupInfo => {
  const fact = { type: "GroupChanged", by: "bob", cause: 1, of: 1, change } as GroupFact;
  return followed(chat({ info }), frame(7, fact), "e").group.info;
};
test("[G12] a group of which nothing is told yet is followed from its beginning", () => {
  const group = { me: "me", epoch: "", generation: 0, from: 0, mentioned: false, info: {} };
  const nothing = { peer: ID, seq: 0, messages: [], more: false, seen: 0, unread: 0 };
  expect(blankGroup(ID, "me")).toEqual({ ...newChat(ID), ...nothing, group });
});

describe("a group's chat behind an event of the group", () => {
  test("[G12] has the message at its position, of a later generation too", () => {
    const next = followed(chat(), frame(7, said("bob"), 2), "e");
    const position = 2 * SEQS + 7;
    expect(next.messages).toMatchObject([{ seq: 7, generation: 2, id: `${ID}:${position}` }]);
    expect(next).toMatchObject({ seq: 7, received: position, sent: 0, unread: 1 });
    expect(next.group).toMatchObject({ epoch: "e", on: { seq: 7, generation: 2, at: 70 } });
    expect(cursorIn(next, undefined)).toEqual({
      epoch: "e",
      seq: 7,
      on: { seq: 7, generation: 2, at: 70 },
    });
    expect(cursorIn(chat({ epoch: "e" }), undefined)).toEqual({ epoch: "e", seq: 0 });
  });

  test("[G12] counts one of the user's own as sent, and as unread of nobody", () => {
    const next = followed(chat(), frame(7, said("me")), "e");
    expect(next).toMatchObject({ sent: 7, received: 0, unread: 0 });
    expect(next.messages).toMatchObject([{ author: "me", cid: "c.1", body: "b", sentAt: 5 }]);
  });

  test("[G12] counts on where what is unread cannot be counted here", () => {
    const more = { more: true, unread: 40, received: 3 };
    expect(followed(chat({}, more), frame(7, said("bob")), "e").unread).toBe(41);
    expect(followed(chat({}, more), frame(7, said("me")), "e").unread).toBe(40);
    const paged = followed(chat({}, more), frame(7, said("bob")), "e");
    expect(followed({ ...paged, seq: 6 }, frame(7, said("bob")), "e").unread).toBe(41);
  });

  test("[G12] says whether something unread names the user", () => {
    const named = (...mentions: string[]) =>
      followed(chat(), frame(7, said("bob", { mentions })), "e").group.mentioned;
    expect([named("bob", "me"), named("bob"), named()]).toEqual([true, false, false]);
  });

  test("[G12] has a line under its cid, or, without one, under its id; what is neither only moves the cursor", () => {
    const line = (cid?: string) => ({
      type: "GroupChanged",
      by: "bob",
      cause: 1,
      of: 1,
      change: { do: "join", user: "bob" },
      ...(cid !== undefined && { cid }),
    });
    const lines = [line("x.1"), line()].map(
      (event) => followed(chat(), frame(7, event), "e").messages[0],
    );
    expect(lines).toMatchObject([
      { seq: 7, cid: "x.1" },
      { seq: 7, cid: `${ID}:7` },
    ]);
    const other = followed(chat(), frame(7, { type: "ReceiptsGathered" }), "e");
    expect(other).toMatchObject({ seq: 7, messages: [], group: { on: { seq: 7 } } });
  });
});

describe("what is known of a group", () => {
  const limits = { members: 1_024, sendsPerSecond: 100 };
  const made = { do: "create", name: "Chess", members: ["me", "bob"], limits } as const;

  test("[G12] begins as it is made: its maker is an admin, and one for more than 1,024 has no receipts", () => {
    const rules = { send: "all", edit: "all", add: "all" };
    const known = { name: "Chess", rules, members: 2, role: "admin", receipts: true };
    expect(after({}, made)).toEqual(known);
    const large = { ...made, members: ["bob", "me"], limits: { ...limits, members: 1_025 } };
    expect(after({}, large)).toEqual({ ...known, role: "member", receipts: false });
  });

  test("[G12] takes of a description what it says", () => {
    const info = { name: "Chess", about: "old", members: 2 };
    expect(after(info, { do: "describe", name: "Go" })).toEqual({ ...info, name: "Go" });
    expect(after(info, { do: "describe", about: "" })).toEqual({ ...info, about: "" });
    expect(after({}, { do: "describe", about: "new" })).toEqual({ about: "new" });
    expect(after({}, { do: "describe", name: "Go" })).toEqual({ name: "Go" });
  });

  test("[G12] takes a rule where all of them are known, and makes none up", () => {
    const rules = { send: "all", edit: "admins", add: "all" } as const;
    const known = { rules, members: 2 };
    const to = (rule: object) => after(known, { do: "rule", ...rule }).rules;
    expect(after(known, { do: "rule" })).toEqual(known);
    expect(to({ send: "admins" })).toEqual({ ...rules, send: "admins" });
    expect(to({ edit: "all" })).toEqual({ ...rules, edit: "all" });
    expect(to({ add: "admins" })).toEqual({ ...rules, add: "admins" });
    expect(after({}, { do: "rule", send: "admins" })).toEqual({});
  });

  test("[G12] counts those who come and go, where their number is known", () => {
    const info = { members: 5, role: "member" } as const;
    const users = ["x", "y"];
    const deeds: [LineChange, number][] = [
      [{ do: "add", users }, 7],
      [{ do: "join", user: "x" }, 6],
      [{ do: "remove", user: "x" }, 4],
      [{ do: "leave", user: "x" }, 4],
      [{ do: "promote", user: "x" }, 5],
      [{ do: "invite", on: true }, 5],
    ];
    for (const [change, members] of deeds) {
      expect(after(info, change)).toEqual({ ...info, members });
      expect(after({}, change)).toEqual({});
    }
  });

  test("[G12] has the role that the user is given, and of nobody else", () => {
    const role = (is: "admin" | "member" | undefined, change: LineChange) => {
      const { role: now, ...rest } = after({ name: "Go", ...(is && { role: is }) }, change);
      expect(rest).toEqual({ name: "Go" });
      return now;
    };
    expect(role("member", { do: "promote", user: "me" })).toBe("admin");
    expect(role("member", { do: "promote", user: "bob" })).toBe("member");
    expect(role("admin", { do: "demote", user: "me" })).toBe("member");
    expect(role("admin", { do: "demote", user: "bob" })).toBe("admin");
    expect(role(undefined, { do: "promote", user: "me" })).toBeUndefined();
    expect(role("member", { do: "leave", user: "bob", successor: "me" })).toBe("admin");
    expect(role("member", { do: "leave", user: "bob", successor: "x" })).toBe("member");
  });

  test("[G12] is what the views answer, and why the user is out stays", () => {
    const rules = { send: "all", edit: "all", add: "all" } as const;
    const answer: GroupAnswer = {
      group: ID,
      name: "Go",
      rules,
      members: 3,
      limits,
      receipts: false,
      from: 1,
    };
    const told = { name: "Go", rules, members: 3, receipts: false };
    const old = { about: "old", role: "admin" } as const;
    expect(detailed(chat({ info: old }), answer).group.info).toEqual(told);
    const full = { ...answer, about: "new", role: "member" } as const;
    expect(detailed(chat({ info: { left: "removed" } }), full).group.info).toEqual({
      ...told,
      about: "new",
      role: "member",
      left: "removed",
    });
  });

  test("[G12] has to be asked for where it may have changed unseen", () => {
    const info = { rules: { send: "all", edit: "all", add: "all" }, name: "Go" } as const;
    const isKnown = (own: number, seq: number): boolean =>
      outdated(chat({ info }, { seq: own }), seq).group.info.rules !== undefined;
    expect([isKnown(0, 9), isKnown(8, 9), isKnown(9, 9), isKnown(10, 9)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(outdated(chat({ info }, { seq: 8 }), 9).group.info).toEqual({ name: "Go" });
  });
});

test("a place in a chat is named by its position, and by default it is the newest", () => {
  expect(placeIn(chat({ generation: 2 }, { seq: 9 }))).toBe(2 * SEQS + 9);
  expect(placeIn(chat({ generation: 2 }, { seq: 9 }), 4)).toBe(2 * SEQS + 4);
  expect(placeIn({ ...newChat("bob"), seq: 9 })).toBe(9);
  expect(placeIn(undefined)).toBe(0);
  const own = { epoch: "e", seq: 9 };
  expect(cursorIn(newChat("bob"), own)).toBe(own);
});

test("an entry of the own mailbox is about a group, or about a person", () => {
  const of = (peer: string) =>
    groupIn(mailOf(frame(1, { type: "MessageRead", author: "me", peer, device: "d", upTo: 1 }))!);
  expect([of(ID), of("bob")]).toEqual([ID, undefined]);
});

test("what happens to a session is no fact of a chat, and no copy", () => {
  const events = [
    { type: "HeadAsked", sessionId: "s" },
    { type: "SignedOut", before: 1 },
    { type: "MessageRead", author: "me", peer: "bob", device: "d", upTo: 1 },
    { type: "Refused", author: ID, cid: "a.1", code: "forbidden", cause: 4 },
    said("bob"),
  ];
  const kinds = events.map((each) => mailOf(frame(1, each))?.kind);
  // A fact of a group lies in no user's mailbox.
  expect(kinds).toEqual(["session", "session", "fact", "copy", undefined]);
});
