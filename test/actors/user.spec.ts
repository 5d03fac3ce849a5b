import { describe, expect, test } from "vitest";
import { newcomer } from "../../src/actors/user.ts";
import { INSTANCES_MAX } from "../../src/rules/sends.ts";
import { delivered, mailbox, read } from "../support/mailbox.ts";
import { closed, fold, given, opened } from "./support.ts";

const alice = mailbox("alice");
const nothing = given();

describe("a user who sends a message", () => {
  test("has the recipient told, with the place of the fact as cause and position", () =>
    nothing.when(alice.sent(7, "bob", "phone.1", "hello")).tells("bob", {
      type: "MessageSent",
      author: "alice",
      to: "bob",
      cid: "phone.1",
      body: "hello",
      cause: 7,
      position: 7,
      sentAt: 1_000_007,
    }));

  test("[S9] has the recipient told its data as well, and nothing of its key", () =>
    nothing
      .when(alice.sentWith(7, "bob", "phone.1", { data: { a: 1 }, key: "k" }))
      .tells("bob", { data: { a: 1 } })
      .tells("bob", expect.not.objectContaining({ key: expect.anything() })));

  test("remembers how far they wrote to whom", () =>
    given(alice.sent(7, "bob", "phone.1"))
      .when(alice.sent(9, "carol", "phone.2"))
      .knowsOf("bob", { sent: 7 })
      .knowsOf("carol", { sent: 9 }));

  test("[S3] a second time under the same name, does nothing", () =>
    given(alice.sent(7, "bob", "phone.1"))
      .when(alice.sent(9, "bob", "phone.1"))
      .doesNothing());

  test("[S3] a second time to somebody else under the same name, does nothing", () =>
    given(alice.sent(7, "bob", "phone.1"))
      .when(alice.sent(9, "carol", "phone.1"))
      .doesNothing());

  test("[S4] late, behind a higher number of the same client, has the recipient told", () =>
    given(alice.sent(7, "bob", "phone.1"), alice.sent(8, "bob", "phone.5"))
      .when(alice.sent(9, "bob", "phone.4"))
      .tells("bob", { cid: "phone.4", cause: 9 }));

  test("too late to be told from a repeat, does nothing", () =>
    given(alice.sent(7, "bob", "phone.1"), alice.sent(8, "bob", "phone.36"))
      .when(alice.sent(9, "bob", "phone.4"))
      .doesNothing());

  test("[S6] as a retry of one that was stored all the same, does nothing but use its own number", () =>
    given(alice.sent(7, "bob", "phone.1"))
      .when(alice.retried(9, "bob", "phone.2", "phone.1"))
      .onlyNotes(["phone", 2, 1]));

  test("that was retried before it was stored, does nothing", () =>
    given(alice.retried(7, "bob", "phone.2", "phone.1"))
      .when(alice.sent(9, "bob", "phone.1"))
      .doesNothing());

  test("from another client with a lower number, tells the recipient", () =>
    given(alice.sent(7, "bob", "phone.5"))
      .when(alice.sent(9, "bob", "laptop.1"))
      .tells("bob", { cause: 9 }));

  test("[S3] again after many other clients were used, does nothing", () => {
    const others = Array.from({ length: INSTANCES_MAX - 1 }, (_, i) =>
      alice.sent(10 + i, "bob", `other${i}.0`),
    );
    given(alice.sent(7, "bob", "phone.1"), ...others)
      .when(alice.sent(99, "bob", "phone.1"))
      .doesNothing();
  });
});

describe("a user who is told of a message", () => {
  test("tells nobody: the peer learns of it by a receipt", () =>
    nothing
      .when(alice.told(3, "bob", 12))
      .tellsNobody()
      .knowsOf("bob", { received: 12 }));

  test("a second time, does nothing", () =>
    given(alice.told(3, "bob", 12))
      .when(alice.told(4, "bob", 12))
      .doesNothing());

  test("late, behind a newer one of the same author, does nothing", () =>
    given(alice.told(3, "bob", 12))
      .when(alice.told(4, "bob", 11))
      .doesNothing());

  test("by another author with a lower position, keeps both", () =>
    given(alice.told(3, "bob", 12))
      .when(alice.told(4, "carol", 2))
      .knowsOf("bob", { received: 12 })
      .knowsOf("carol", { received: 2 }));
});

describe("a user who received or read", () => {
  const has12 = alice.told(3, "bob", 12);

  test("has the author told", () =>
    given(has12)
      .when(alice.received(4, "bob", delivered(12)))
      .tells("bob", {
        type: "MessageDelivered",
        author: "alice",
        peer: "bob",
        upTo: 12,
        cause: 4,
      }));

  test("[T3] has read what they received, and received what they read", () =>
    given(has12)
      .when(alice.received(4, "bob", { delivered: 0, read: 12 }))
      .tells("bob", { type: "MessageRead", upTo: 12 })
      .knowsOf("bob", { mine: read(12) }));

  test("[T2] more than there is, has received what there is", () =>
    given(has12)
      .when(alice.received(4, "bob", read(9_999)))
      .tells("bob", { type: "MessageRead", upTo: 12 }));

  test("before anything came, does nothing", () =>
    given(alice.sent(3, "bob"))
      .when(alice.received(4, "bob", read(12)))
      .doesNothing());

  test("from a stranger, tells nobody", () =>
    nothing.when(alice.received(4, "mallory", read(12))).tellsNobody());

  test("a second time, does nothing", () =>
    given(has12, alice.received(4, "bob", delivered(12)))
      .when(alice.received(5, "bob", delivered(12)))
      .doesNothing());

  test("[T1] less than before, does nothing", () =>
    given(has12, alice.received(4, "bob", read(12)))
      .when(alice.received(5, "bob", read(11)))
      .doesNothing());

  test("after receiving, tells only what has changed and keeps the rest", () =>
    given(has12, alice.told(4, "bob", 14), alice.received(5, "bob", delivered(14)))
      .when(alice.received(6, "bob", read(12)))
      .tells("bob", { type: "MessageDelivered", upTo: 14, read: 12 }));
});

describe("a user whose message was received or read", () => {
  const sent7 = alice.sent(7, "bob", "phone.1");

  test("knows how far, and tells nobody", () =>
    given(sent7)
      .when(alice.ticked(8, "bob", 30, delivered(7)))
      .tellsNobody()
      .knowsOf("bob", { theirs: delivered(7) }));

  test("a second time, does nothing", () =>
    given(sent7, alice.ticked(8, "bob", 30, delivered(7)))
      .when(alice.ticked(9, "bob", 30, delivered(7)))
      .doesNothing());

  test("as a late repeat from before it was read, does nothing", () =>
    given(sent7, alice.ticked(8, "bob", 30, delivered(7)), alice.ticked(9, "bob", 31, read(7)))
      .when(alice.ticked(10, "bob", 30, delivered(7)))
      .doesNothing());

  test("[T2] further than they wrote, believes no more than they wrote", () =>
    given(sent7)
      .when(alice.ticked(8, "bob", 30, read(500)))
      .knowsOf("bob", { theirs: read(7) }));
});

test("a state is never changed in place", () => {
  const before = fold([alice.sent(1, "bob"), alice.told(2, "bob", 5), opened(3, "phone")]);
  const was = structuredClone(before);
  fold([alice.sent(4, "bob"), alice.received(5, "bob", read(5)), closed(6, "phone")], before);
  expect(before).toEqual(was);
});

test("a newcomer has seen nothing, and an end of nobody changes no list", () => {
  expect(newcomer.seq).toBe(0);
  const state = fold([opened(1, "phone"), opened(2, "laptop")]);
  // The very list: whoever compares sees that nothing has changed.
  expect(fold([closed(3, "tablet")], state).sessions).toBe(state.sessions);
});
