import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { delivered, mailbox, read } from "../support/mailbox.ts";
import { given } from "./support.ts";

const alice = mailbox("alice");

describe("the status of a message one has sent", () => {
  const sent = [alice.sent(1, "bob"), alice.sent(2, "bob"), alice.sent(3, "bob")];

  test("is sent, then delivered, then read, each with its time", () => {
    const after = given(...sent).when(
      alice.ticked(4, "bob", 40, delivered(2)),
      alice.ticked(5, "bob", 41, read(1)),
    );
    expect(after.status("alice:3")).toEqual({
      id: "alice:3",
      to: "bob",
      status: "sent",
      sentAt: 1_000_003,
    });
    expect(after.status("alice:2")).toMatchObject({ status: "delivered", deliveredAt: 1_000_004 });
    expect(after.status("alice:1")).toMatchObject({
      status: "read",
      deliveredAt: 1_000_004,
      readAt: 1_000_005,
    });
  });
  test("has the time of the first receipt that reached it, not of later ones", () => {
    const after = given(...sent).when(
      alice.ticked(4, "bob", 40, delivered(1)),
      alice.ticked(5, "bob", 41, delivered(3)),
      alice.ticked(6, "bob", 42, read(2)),
      alice.ticked(7, "bob", 43, read(3)),
    );
    const times = ["alice:1", "alice:2", "alice:3"].map((id) => {
      const { deliveredAt = 0, readAt = 0 } = after.status(id) ?? {};
      return [deliveredAt % 1000, readAt % 1000];
    });
    expect(times).toEqual([
      [4, 6],
      [5, 6],
      [5, 7],
    ]);
  });
  test("[T3] was delivered when it was read, if nothing told so before", () => {
    const after = given(...sent).when(alice.ticked(4, "bob", 40, read(2)));
    expect(after.status("alice:1")).toMatchObject({ deliveredAt: 1_000_004, readAt: 1_000_004 });
  });
  test("may be delivered further than it is read at once", () => {
    const after = given(...sent).when(
      alice.ticked(4, "bob", 40, { delivered: 3, read: 1 }),
      alice.ticked(5, "bob", 41, read(3)),
    );
    expect(after.status("alice:3")).toMatchObject({ deliveredAt: 1_000_004, readAt: 1_000_005 });
    expect(after.status("alice:1")).toMatchObject({ deliveredAt: 1_000_004, readAt: 1_000_004 });
  });
});

test("[T3] the times of ticks take a row where something rises alone, and none for what is read at once", () => {
  const kept = (...receipts: Entry[]) =>
    [...given(alice.sent(1, "bob"), alice.sent(2, "bob")).when(...receipts).rows].filter(([key]) =>
      /^(got|read)\//.test(key),
    );
  const at = (seq: number): number => 1_000_000 + seq;
  expect(kept(alice.ticked(4, "bob", 40, read(2)))).toEqual([["read/alice/bob", [2, at(4)]]]);
  const one = alice.ticked(4, "bob", 40, delivered(2));
  expect(kept(one, alice.ticked(5, "bob", 41, read(1)))).toEqual([
    ["got/alice/bob", [2, at(4)]],
    ["read/alice/bob", [1, at(5)]],
  ]);
  expect(
    kept(
      alice.ticked(4, "bob", 40, read(1)),
      alice.ticked(5, "bob", 41, { delivered: 2, read: 1 }),
    ),
  ).toEqual([
    ["read/alice/bob", [1, at(4)]],
    ["got/alice/bob", [2, at(5)]],
  ]);
});

describe("the status of a message one has received", () => {
  const told = [
    alice.told(3, "bob", 30),
    alice.told(5, "bob", 50),
    alice.sent(6, "bob"),
    alice.told(9, "bob", 90),
    alice.sent(10, "bob"),
  ];

  test("[V8] is one's own, without times", () => {
    const after = given(...told).when(alice.received(11, "bob", { delivered: 50, read: 30 }));
    expect(["bob:30", "bob:50", "bob:90"].map((id) => after.status(id))).toEqual([
      { id: "bob:30", to: "alice", status: "read", sentAt: 1_000_030 },
      { id: "bob:50", to: "alice", status: "delivered", sentAt: 1_000_050 },
      { id: "bob:90", to: "alice", status: "sent", sentAt: 1_000_090 },
    ]);
  });
  test("is known of that message alone", () => {
    const after = given(...told).when();
    for (const id of ["bob:29", "bob:31", "bob:40", "bob:89", "bob:91", "bob:3", "bobby:30"])
      expect(after.status(id), id).toBeUndefined();
  });
});

describe("nobody learns", () => {
  const bob = mailbox("bob");
  const after = given(alice.sent(1, "bob"), bob.told(2, "alice", 1), bob.sent(3, "carol")).when(
    alice.sent(4, "bob", "phone.1"),
  );

  test("of a message between others", () => {
    expect(after.status("bob:3")).toBeUndefined();
  });
  test("of another's message by naming it as one's own", () => {
    expect(after.status("alice:3")).toBeUndefined();
  });
  test("of what is no message: a receipt, a repeat, nothing", () => {
    expect(after.status("alice:4")).toBeUndefined();
    expect(after.status("alice:2")).toBeUndefined();
    expect(after.status("alice:999")).toBeUndefined();
    for (const id of ["alice", "alice:0", ":1", "alice:1:1"])
      expect(after.status(id)).toBeUndefined();
  });
});
