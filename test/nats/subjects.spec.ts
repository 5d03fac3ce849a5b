import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Id, MessageId } from "../../src/events/ids.ts";
import { isGroup, messageId, parseMessageId } from "../../src/events/messageid.ts";
import { SLOTS } from "../../src/events/limits.ts";
import { dealt, patternsOf, slotOf, slotsIn } from "../../src/nats/slots.ts";
import {
  activitySubject,
  copySubject,
  factSubject,
  followedOf,
  mailboxOf,
  mailboxSubjects,
  ownerSubject,
  parseAckSubject,
  parseEntrySubject,
  sessionSubject,
  signalSubject,
  slotsOf,
  tickSubject,
} from "../../src/nats/subjects.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const anyUnit = fc.nat({ max: 0x2ff }).map((unit) => String.fromCharCode(unit));
const tokens = (subject: string): string[] => subject.split(".");

/** FNV-1a 32 as its authors state it, in whole numbers without bounds. */
function fnv1a(text: string): number {
  let hash = 2_166_136_261n;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 16_777_619n) % 2n ** 32n;
  return Number(hash);
}

describe("an id", () => {
  test("is one token of a subject and no wildcard, or is refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyUnit, maxLength: 70 }), (text) => {
        const taken = Id.safeParse(text).success;
        expect(taken).toBe(text.length >= 1 && text.length <= 64 && !/[^\w-]/.test(text));
        if (taken) expect(tokens(factSubject(text)).slice(3)).toEqual([text]);
      }),
    );
    for (const text of ["*", ">", "a.b", "", " ", "a\n", "a\0", "é", "$SYS", "x".repeat(65)])
      expect(Id.safeParse(text).success).toBe(false);
  });

  test("of a message comes apart as it was put together", () => {
    fc.assert(
      fc.property(id, fc.integer({ min: 1 }), (mailbox, position) => {
        const whole = messageId(mailbox, position);
        expect(MessageId.safeParse(whole).success).toBe(true);
        expect(parseMessageId(whole)).toEqual({ mailbox, position });
      }),
    );
  });

  test("of a message is refused in every other form", () => {
    for (const text of ["a", "a:", ":1", "a:0", "a:01", "a:-1", "a:1:1", "a:1e3", "*:1", "a: 1"])
      expect(parseMessageId(text)).toBeUndefined();
    expect(parseMessageId(`a:${Number.MAX_SAFE_INTEGER + 1}`)).toBeUndefined();
  });
});

describe("a slot", () => {
  test("[L3] is FNV-1a 32 of the owner modulo 1,024, in two tokens", () => {
    fc.assert(
      fc.property(id, (owner) => {
        const slot = fnv1a(owner) % SLOTS;
        expect(slotOf(owner)).toBe(slot);
        expect(factSubject(owner)).toBe(`fact.${Math.floor(slot / 32)}.${slot % 32}.${owner}`);
        expect(signalSubject(owner)).toBe(`signal.${Math.floor(slot / 32)}.${slot % 32}`);
      }),
    );
  });

  test("agrees with the published values of the function", () => {
    expect([fnv1a("a"), fnv1a("foobar")]).toEqual([0xe40c292c, 0xbf9cf968]);
    expect(slotOf("foobar")).toBe(0xbf9cf968 % SLOTS);
  });

  test("gets its share of the owners", () => {
    const shares = [0, 0, 0, 0];
    for (let i = 0; i < 4_000; i++) shares[Math.floor(slotOf(`user-${i}`) / 256)]! += 1;
    for (const share of shares) expect(Math.abs(share - 1_000)).toBeLessThan(150);
  });

  test("is dealt to exactly one stream, and learned back from the streams' subjects", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: SLOTS }), (streams) => {
        const held = Array.from({ length: streams }, (_, k) =>
          slotsOf(mailboxSubjects(k, dealt(k, streams))),
        );
        expect(held.flat()).toEqual(Array.from({ length: SLOTS }, (_, slot) => slot));
        const sizes = held.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40 },
    );
  });

  test("of half of them all is named by 16 patterns, of all by one", () => {
    expect(patternsOf(dealt(0, 1))).toEqual(["*.*"]);
    expect(patternsOf(dealt(1, 2))).toHaveLength(16);
    expect(patternsOf(dealt(1, 64))).toEqual(
      Array.from({ length: 16 }, (_, slot) => `0.${slot + 16}`),
    );
  });

  test("is in no pattern that is not two tokens of 0 to 31 or a star", () => {
    for (const pattern of ["", "7", "32.0", "0.32", "7.19.1", "a.1", "7.>", "-1.0", "1e1.0"])
      expect(slotsIn(pattern)).toEqual([]);
  });

  test("cannot be learned from subjects that name other slots for facts than for copies", () => {
    expect(() => slotsOf(["fact.*.*.*", "copy.0.*.*", "session.*.*.*", "tick.*.*.*"])).toThrow(
      "do not name the same slots",
    );
  });
});

describe("a subject", () => {
  test("of an entry says whose it is and what kind", () => {
    fc.assert(
      fc.property(id, (owner) => {
        if (isGroup(owner)) return;
        expect(parseEntrySubject(factSubject(owner))).toEqual({ kind: "fact", owner });
        expect(parseEntrySubject(copySubject(owner))).toEqual({ kind: "copy", owner });
        expect(parseEntrySubject(sessionSubject(owner))).toEqual({ kind: "session", owner });
        expect(parseEntrySubject(activitySubject(owner))).toEqual({ kind: "activity", owner });
        expect(mailboxOf(owner)).toEqual([
          factSubject(owner),
          copySubject(owner),
          sessionSubject(owner),
        ]);
      }),
    );
  });

  test("of a group's entry is of another kind than a user's, and of what members follow there is one", () => {
    const owner = groupIdOf("alice", "a.1");
    expect(parseEntrySubject(factSubject(owner))).toEqual({ kind: "group", owner });
    expect(parseEntrySubject(copySubject(owner))).toEqual({ kind: "ask", owner });
    expect(parseEntrySubject(tickSubject(owner))).toEqual({ kind: "tick", owner });
    expect(mailboxOf(owner)).toEqual([factSubject(owner), copySubject(owner), tickSubject(owner)]);
    expect(followedOf(owner)).toEqual([factSubject(owner)]);
    expect(followedOf("alice")).toEqual(mailboxOf("alice"));
  });

  test("of a stream's own entries says which stream", () =>
    expect(parseEntrySubject(ownerSubject(17))).toEqual({ kind: "owner", owner: "17" }));

  test("of an acknowledgement says the seq, with or without a domain", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        fc.nat(),
        fc.nat({ max: 2 ** 42 }),
        (seq, delivery, at) => {
          const rest = `MAILBOX_0.reader.1.${seq}.${delivery}.${at}123456.9`;
          const whole = { seq, delivery, instant: `${at}123456`.padStart(19, "0") };
          expect(parseAckSubject(`$JS.ACK.${rest}`)).toEqual(whole);
          expect(parseAckSubject(`$JS.ACK.hub.account.${rest}.token`)).toEqual(whole);
        },
      ),
    );
  });
});
