import { describe, expect, test } from "vitest";
import {
  blankGroup,
  listed,
  standing,
  upToNow,
  withGroup,
  type GroupChat,
} from "../../src/client/groups/groupchat.ts";
import type { GroupRow } from "../../src/protocol/frames/chats.ts";

const ID = "g-0000000000000000000001";
const chat = (group: Partial<GroupChat["group"]> = {}, more: Partial<GroupChat> = {}): GroupChat =>
  withGroup({ ...blankGroup(ID, "me"), ...more }, group);
const row = (more: Partial<GroupRow> = {}): GroupRow => ({
  peer: ID,
  at: 1,
  from: 5,
  read: 6,
  readHere: 0,
  peerDelivered: 9,
  peerRead: 8,
  ...more,
});

describe("a membership", () => {
  const joined = (from: number) => ({ type: "GroupJoined", author: ID, cause: from, from });
  const gone = (from: number, upTo: number) => ({
    type: "GroupLeft",
    author: ID,
    cause: upTo,
    from,
    upTo,
    why: "removed",
  });
  const be = (before: GroupChat, event: object): GroupChat["group"] =>
    standing(before, event as never).group;

  test("[G12] that begins takes the end of the one before away, and one that ends the role", () => {
    const info = { name: "Go", role: "admin" } as const;
    const out = be(chat({ from: 5, info }), gone(5, 9));
    expect(out).toMatchObject({ me: "me", from: 5, upTo: 9 });
    expect(standing(chat({ from: 5 }, { seq: 7 }), gone(5, 9) as never).seq).toBe(7);
    expect(out.info).toEqual({ name: "Go", left: "removed" });
    const back = be(chat(out), joined(12));
    expect(back).toMatchObject({ me: "me", from: 12 });
    expect(standing(chat({}, { seq: 7 }), joined(12) as never).seq).toBe(7);
    expect(back).not.toHaveProperty("upTo");
    expect(back.info).toEqual({ name: "Go" });
  });

  test("[G12] is not ended by the end of an earlier one, nor by anything else", () => {
    const now = chat({ from: 12 });
    expect(standing(now, gone(5, 9) as never)).toBe(now);
    expect(standing(now, { type: "MessageRead" } as never)).toBe(now);
  });

  test("[G12] is as the list of chats has it, and so is how far it is read", () => {
    const before = chat({ from: 1, info: { name: "Old", role: "admin" } });
    const now = listed(before, row());
    expect(now).toMatchObject({
      theirs: { delivered: 9, read: 8 },
      mine: { delivered: 0, read: 6 },
      heard: 5,
      group: { from: 5, info: { name: "Old", role: "admin" } },
    });
    const out = listed(before, row({ upTo: 11, why: "left", name: "Go" }));
    expect(out).toMatchObject({ heard: 11, group: { from: 5, upTo: 11 } });
    expect(out.group.info).toEqual({ name: "Go", left: "left" });
  });

  test("[G12] that the own mailbox has told of meanwhile stands above the list", () => {
    const marks = { mine: { delivered: 0, read: 7 }, theirs: { delivered: 10, read: 9 } };
    const left = { info: { left: "removed" } } as const;
    const end = { upTo: 20, why: "left" } as const;
    const stay = (known: GroupChat, listedAs: GroupRow) => {
      const { from, upTo, why } = upToNow(listedAs, known);
      return [from, upTo, why];
    };
    // A later one, one that has ended since, one of which both say the same, and one that only the list knows of.
    expect(stay(chat({ from: 12 }), row(end))).toEqual([12, undefined, undefined]);
    expect(stay(chat({ from: 5, upTo: 11, ...left }), row())).toEqual([5, 11, "removed"]);
    expect(stay(chat({ from: 5 }), row(end))).toEqual([5, 20, "left"]);
    expect(stay(chat({ from: 1, upTo: 3, ...left }), row())).toEqual([5, undefined, undefined]);
    const higher = { read: 7, peerDelivered: 10, peerRead: 9 };
    expect(upToNow(row(), chat({ from: 5 }, marks))).toMatchObject(higher);
    const lower = { mine: { delivered: 0, read: 1 }, theirs: { delivered: 2, read: 1 } };
    expect(upToNow(row(), chat({ from: 5 }, lower))).toMatchObject(row());
  });
});
