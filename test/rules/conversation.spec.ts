import { describe, expect, test } from "vitest";
import { open } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { fold, isSend } from "../../src/rules/conversation.ts";
import { SILENCE, type Conversation } from "../../src/rules/standing.ts";
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
