import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { open, whyUnreadable, type Entry } from "../../src/events/entry.ts";
import { GroupId, UserId } from "../../src/events/ids.ts";
import { isGroup } from "../../src/events/messageid.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";

const group = groupIdOf("alice", "a.1");
const entry = (kind: Entry["kind"], owner: string, event: object): Entry => ({
  kind,
  owner,
  seq: 7,
  at: 1,
  raw: JSON.stringify(event),
});
/** The words that may be said of why it is not opened. */
function whyNot(each: Entry): string | undefined {
  try {
    return void open(each);
  } catch (error) {
    return whyUnreadable(error);
  }
}
const said = { author: "alice", to: group, cid: "a.2", body: "hi" };
const fact = { type: "MessageSent", ...said, cause: 3, of: 6, sentAt: 1 };
const ask = { type: "MessageSent", ...said, cause: 3, under: 2, knows: 2, sentAt: 1 };
const tick = { type: "ReceiptsGathered", gateway: "gw", delivered: [[7, ["bob"]]], read: [] };

describe("the id of a group", () => {
  test("is made of its creator and the name of the ask: a repeat names the same group", () => {
    const hash = createHash("sha256").update("alice:a.1").digest("base64url");
    expect(group).toBe(`g-${hash.slice(0, 22)}`);
    expect(groupIdOf("alice", "a.2")).not.toBe(group);
    expect(groupIdOf("bob", "a.1")).not.toBe(group);
  });

  test("is no person's, and no person's is a group's", () => {
    expect([isGroup(group), isGroup("gerda"), isGroup("alice")]).toEqual([true, false, false]);
    expect(UserId.safeParse(group).success).toBe(false);
    expect(GroupId.safeParse(group).success).toBe(true);
    for (const odd of ["alice", "g-", `${group}x`, "g-*"])
      expect(GroupId.safeParse(odd).success).toBe(false);
  });
});

describe("an entry of a group's mailbox", () => {
  test("is opened as what the group has accepted, was asked, or was told of receipts", () => {
    expect(open(entry("group", group, fact)).event).toEqual(fact);
    expect(open(entry("ask", group, ask)).event).toEqual(ask);
    expect(open(entry("tick", group, tick)).event).toEqual(tick);
  });

  test("is never opened as a user's, nor a user's as a group's", () => {
    const stated = { type: "MessageSent", ...said, device: "d" };
    const closed = { type: "SessionClosed", sessionId: "s", reason: "left" };
    expect(open(entry("fact", "alice", stated)).kind).toBe("fact");
    const misplaced = [
      entry("fact", group, stated),
      entry("session", group, closed),
      entry("copy", group, { type: "GroupJoined", author: group, cause: 1, from: 1 }),
      entry("group", "alice", fact),
      entry("ask", "alice", ask),
      entry("tick", "alice", tick),
    ];
    for (const each of misplaced) expect(whyNot(each)).toBe("MisplacedError");
  });
});
