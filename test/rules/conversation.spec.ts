import { describe, expect, test } from "vitest";
import { open } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { fold, isSend } from "../../src/rules/conversation.ts";
import { SILENCE, type Conversation } from "../../src/rules/standing.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { mailbox, read } from "../support/mailbox.ts";

const alice = mailbox("alice");
const mail = (entry: ReturnType<typeof alice.sent>): Mail =>
  open({ ...entry, generation: 0 }) as Mail;
/** The owner has sent 5, of which the peer has read 3. */
const standing: Conversation = { ...SILENCE, sent: 5, theirs: { delivered: 3, read: 3 } };

describe("a receipt that the peer's actor tells", () => {
  test("shows when a watermark rises", () => {
    const folded = fold(standing, [], mail(alice.ticked(9, "bob", 7, read(5))));
    const theirs = { delivered: 5, read: 5 };
    expect(folded).toMatchObject({ what: "receipt", chat: { heard: 7, theirs } });
  });
  test("is heard and shows nothing when none does", () => {
    const folded = fold(standing, [], mail(alice.ticked(9, "bob", 7, read(2))));
    const { theirs } = standing;
    expect(folded).toMatchObject({ what: "heard", chat: { heard: 7, theirs } });
  });
});

test("a send is the owner's own message: neither a copy nor a receipt is looked up as one", () => {
  const sends = [alice.sent(1, "bob"), alice.told(2, "bob", 1), alice.received(3, "bob", read(1))];
  expect(sends.map((entry) => isSend(mail(entry)))).toEqual([true, false, false]);
});

describe("a conversation with a group", () => {
  const group = groupIdOf("alice", "phone.1");
  const entry = (kind: "fact" | "copy", event: object): Mail =>
    open({ kind, owner: "alice", seq: 9, at: 1, raw: JSON.stringify(event) }) as Mail;
  const asked = { type: "GroupAsked", author: "alice", group };
  const leave = { ...asked, device: "phone", cid: "phone.2", ask: { do: "leave" } };

  test("[S3] notes a message and an ask as sends, which show once the group has accepted them", () => {
    const sent = fold(SILENCE, [], mail(alice.sent(9, group, "phone.1")));
    expect(sent).toMatchObject({ what: "asked", chat: SILENCE });
    const sends = sent?.sends ?? [];
    expect(fold(SILENCE, sends, mail(alice.sent(10, group, "phone.1")))).toBeUndefined();
    const left = fold(SILENCE, sends, entry("fact", leave));
    expect(left).toMatchObject({ what: "asked", chat: SILENCE });
    expect(fold(SILENCE, left?.sends ?? [], entry("fact", leave))).toBeUndefined();
    expect(isSend(entry("fact", leave))).toBe(true);
  });

  test("has no name for what its owner's actor asks: it is asked each time", () =>
    expect(fold(SILENCE, [], entry("fact", { ...asked, ask: { do: "standing" } }))).toEqual({
      what: "asked",
      chat: SILENCE,
      sends: [],
    }));

  test("[T1] holds no receipt to the positions of its owner's mailbox", () => {
    const mine = fold(SILENCE, [], mail(alice.received(9, group, read(7))));
    expect(mine?.chat.mine).toEqual({ delivered: 7, read: 7 });
    const theirs = fold(SILENCE, [], mail(alice.ticked(9, group, 40, read(7))));
    expect(theirs).toMatchObject({ what: "receipt", chat: { heard: 40, theirs: read(7) } });
  });

  test("hears once what the group says of a membership and of what it refuses", () => {
    const told = [
      { type: "GroupJoined", author: group, cause: 5, from: 5 },
      { type: "GroupLeft", author: group, cause: 5, from: 2, upTo: 5, why: "left" },
      { type: "Refused", author: group, cause: 5, cid: "phone.1", code: "forbidden" },
    ].map((event) => entry("copy", event));
    for (const each of told) {
      const folded = fold(SILENCE, [], each);
      expect(folded).toMatchObject({ what: "heard", chat: { ...SILENCE, heard: 5 } });
      expect(fold(folded?.chat ?? SILENCE, [], each)).toBeUndefined();
    }
  });
});
