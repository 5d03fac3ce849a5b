import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Copy } from "../../src/events/copy.ts";
import type { Stated } from "../../src/events/event.ts";
import { copyId, copyLane, deadletterId, statedId, statedLane } from "../../src/nats/names.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { wordsOf } from "../../src/rules/receipts.ts";

const name = fc.constantFrom("alice", "bob", "a", "b", "a-b", "_");
const number = fc.integer({ min: 1, max: 12 });
const cid = fc.tuple(name, number).map(([instance, n]) => `${instance}.${n}`);
const marks = fc.record({ delivered: fc.nat(9), read: fc.nat(9) });
const secret = fc.constantFrom("AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBB");

const send = fc
  .record({ author: name, to: name, device: name, cid })
  .map((fact): Stated => ({ type: "MessageSent", body: "", ...fact }));
const receipt = fc
  .record({ author: name, peer: name, device: name, marks })
  .map(({ marks: each, ...rest }): Stated => ({ ...wordsOf(each), ...rest }));
const opened = fc
  .record({ sessionId: name, gatewayId: name, deviceId: name })
  .map((fact): Stated => ({ type: "SessionOpened", ...fact }));
const closed = fc.oneof(
  fc
    .record({ sessionId: name, reason: fc.constantFrom("left", "idle", "replaced") })
    .map((fact): Stated => ({ type: "SessionClosed", ...fact })),
  fc
    .record({ sessionId: name, reason: fc.constantFrom("gateway-lost", "limit") })
    .map((fact): Stated => ({ type: "SessionClosed", elsewhere: true, ...fact })),
  fc.record({ sessionId: name, resume: secret }).map((fact): Stated => ({
    type: "SessionClosed",
    reason: "replaced",
    elsewhere: true,
    ...fact,
  })),
);
const copy = fc
  .record({ author: name, receiver: name, cause: number, marks, isMessage: fc.boolean() })
  .map(({ author, receiver, cause, marks: each, isMessage }): Copy => {
    if (!isMessage) return { ...wordsOf(each), author, peer: receiver, cause };
    const told = { author, to: receiver, cid: "p.1", body: "", cause, position: cause, sentAt: 1 };
    return { type: "MessageSent", ...told };
  });

/** The owner of the mailbox that a copy is put into. */
const toOf = (each: Copy): string => ("to" in each ? each.to : "peer" in each ? each.peer : "");
const idOf = (each: Copy): string => copyId(toOf(each), each);

/** The parts that make it the same statement: an id is used twice exactly for the same of these. */
function statement(fact: Stated): string {
  switch (fact.type) {
    case "MessageSent":
      return JSON.stringify(["send", fact.author, fact.cid]);
    case "SessionOpened":
      return JSON.stringify(["open", fact.sessionId]);
    case "SessionClosed": {
      const by = fact.elsewhere === true ? fact.reason : "own";
      return JSON.stringify(["close", fact.sessionId, by, fact.resume]);
    }
    default:
      return "receipt";
  }
}

describe("a message id", () => {
  test("is the same for the same statement, and for no other", () => {
    const any = fc.oneof(send, opened, closed);
    const holds = (a: Stated, b: Stated): void => {
      expect(statedId(a) === statedId(b)).toBe(statement(a) === statement(b));
    };
    fc.assert(fc.property(any, any, holds));
  });

  test("says what it is of: a send by its cid, a session by its own name and by who states its end", () => {
    const sent = { type: "MessageSent", author: "alice", to: "b", device: "d", body: "" } as const;
    expect(statedId({ ...sent, cid: "a.1" })).toBe("f:alice:a.1");
    expect(statedId({ ...sent, cid: "a.1" }, "again")).toBe("f:alice:a.1:again");
    const end = { type: "SessionClosed", sessionId: "s" } as const;
    expect(statedId({ ...end, reason: "left" }, "again")).toBe("x:s:again");
    const resume = "A".repeat(22);
    expect(
      [
        { ...end, reason: "left" } as const,
        { ...end, reason: "replaced", resume } as const,
        { ...end, reason: "gateway-lost", elsewhere: true } as const,
        { ...end, reason: "limit", elsewhere: true } as const,
        { ...end, reason: "replaced", resume, elsewhere: true } as const,
        { ...end, reason: "replaced", elsewhere: true } as const,
      ].map((fact) => statedId(fact)),
    ).toEqual(["x:s", "x:s", "x:s:gateway-lost", "x:s:limit", `x:s:${resume}`, "x:s:"]);
  });

  test("of an ask is that of a send with its cid, and of an actor's own ask there is none: twice does no harm", () => {
    const group = groupIdOf("alice", "a.1");
    const asked = { type: "GroupAsked", author: "alice", group } as const;
    const leave = { do: "leave" } as const;
    expect(statedId({ ...asked, device: "d", cid: "a.2", ask: leave })).toBe("f:alice:a.2");
    expect(statedId({ ...asked, cid: "a.2", ask: leave }, "anew")).toBe("f:alice:a.2:anew");
    expect(statedId({ ...asked, ask: { do: "standing" } })).toBeUndefined();
    expect(statedLane("s", { ...asked, device: "d", cid: "a.2", ask: leave })).toBe("s");
  });

  test("of a copy says for which generation it was put there: 0 is said by nothing", () => {
    const told = { type: "MessageRead", author: "alice", peer: "bob", upTo: 1, cause: 7 } as const;
    expect(copyId("bob", told)).toBe("c:alice:7>bob@0");
    expect(copyId("bob", { ...told, in: 0 })).toBe("c:alice:7>bob@0");
    expect(copyId("bob", { ...told, in: 3 })).toBe("c:alice:7>bob@3");
  });

  test("of a receipt there is none: a repeat changes nothing", () => {
    const holds = (fact: Stated): void => {
      expect(statedId(fact)).toBeUndefined();
    };
    fc.assert(fc.property(receipt, holds));
  });

  test("of a copy, receipt or message, says whose it is, its cause and to whom it goes", () => {
    const place = (each: Copy): string => `${each.author} ${each.cause} ${toOf(each)}`;
    const holds = (a: Copy, b: Copy): void => {
      expect(idOf(a) === idOf(b)).toBe(place(a) === place(b));
    };
    fc.assert(fc.property(copy, copy, holds));
  });

  test("of one kind is never one of another: they share one space", () => {
    fc.assert(
      fc.property(send, opened, closed, copy, number, (a, b, c, d, seq) => {
        const ids = [
          statedId(a),
          statedId(b),
          statedId(c),
          idOf(d),
          deadletterId("MAILBOX_0", seq),
        ];
        expect(new Set(ids.map((id) => id?.split(":")[0])).size).toBe(5);
      }),
    );
  });
});

describe("a lane", () => {
  test("has a session's sends, beginning and end, whatever they say", () => {
    const holds = (fact: Stated): void => {
      expect(statedLane("s", fact)).toBe("s");
    };
    fc.assert(fc.property(fc.oneof(send, opened, closed), holds));
  });

  test("of its own has what a session tells of one peer's messages", () => {
    const holds = (fact: Stated): void => {
      expect(statedLane("s", fact)).toBe(`s>${"peer" in fact ? fact.peer : ""}`);
    };
    fc.assert(fc.property(receipt, holds));
  });

  test("has all that one mailbox tells another, and nothing else", () => {
    const pair = (each: Copy): string => `${each.author} ${toOf(each)}`;
    const holds = (a: Copy, b: Copy): void => {
      expect(copyLane(toOf(a), a) === copyLane(toOf(b), b)).toBe(pair(a) === pair(b));
    };
    fc.assert(fc.property(copy, copy, holds));
  });
});
