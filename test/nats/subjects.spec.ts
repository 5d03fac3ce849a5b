import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Id, MessageId, messageId, parseMessageId } from "../../src/events/ids.ts";
import {
  activitySubject,
  copySubject,
  factSubject,
  parseAckSubject,
  parseEntrySubject,
  partitionOf,
} from "../../src/nats/subjects.ts";

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const anyUnit = fc.nat({ max: 0x2ff }).map((unit) => String.fromCharCode(unit));
const partition = fc.integer({ min: 0, max: 1_023 });
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
        if (taken) expect(tokens(factSubject(0, text))).toEqual(["fact", "0", text]);
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

describe("a partition", () => {
  test("is FNV-1a 32 of the owner modulo their number", () => {
    fc.assert(
      fc.property(id, fc.integer({ min: 1, max: 1_024 }), (owner, partitions) => {
        expect(partitionOf(owner, partitions)).toBe(fnv1a(owner) % partitions);
      }),
    );
  });

  test("agrees with the published values of the function", () => {
    expect([fnv1a("a"), fnv1a("foobar")]).toEqual([0xe40c292c, 0xbf9cf968]);
    expect(partitionOf("foobar", 2 ** 32)).toBe(0xbf9cf968);
  });

  test("gets its share of the owners", () => {
    const shares = [0, 0, 0, 0];
    for (let i = 0; i < 4_000; i++) shares[partitionOf(`user-${i}`, 4)]! += 1;
    for (const share of shares) expect(Math.abs(share - 1_000)).toBeLessThan(150);
  });
});

describe("a subject", () => {
  test("of an entry says whose it is and what kind", () => {
    fc.assert(
      fc.property(partition, id, (p, owner) => {
        expect(parseEntrySubject(factSubject(p, owner))).toEqual({ kind: "fact", owner });
        expect(parseEntrySubject(copySubject(p, owner))).toEqual({ kind: "copy", owner });
        expect(parseEntrySubject(activitySubject(p, owner))).toEqual({ kind: "activity", owner });
      }),
    );
  });

  test("of an acknowledgement says the seq, with or without a domain", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        fc.nat(),
        fc.nat({ max: 2 ** 42 }),
        (seq, delivery, at) => {
          const rest = `MAILBOX_0.reader.1.${seq}.${delivery}.${at}123456.9`;
          const whole = { seq, delivery, at: at === 0 ? 0 : at };
          expect(parseAckSubject(`$JS.ACK.${rest}`)).toEqual(whole);
          expect(parseAckSubject(`$JS.ACK.hub.account.${rest}.token`)).toEqual(whole);
        },
      ),
    );
  });
});
