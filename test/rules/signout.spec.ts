import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LATE_MS } from "../../src/events/session.ts";
import { GIVE_UP_MS } from "../../src/nats/publish/queues.ts";
import {
  DEVICES_MAX,
  isSignedOut,
  NO_SIGN_OUTS,
  signOut,
  type SignOuts,
} from "../../src/rules/signout.ts";

const NOW = 1_000;
const stated = { before: 500 };
const phone = { deviceId: "phone", issuedAt: 400 };

describe("[M11] a person who was signed out", () => {
  const out = signOut(NO_SIGN_OUTS, stated);

  test("is so from then on, and for no time unless told", () =>
    expect(signOut(NO_SIGN_OUTS, { before: 0 })).toEqual([{ before: 0, until: 0 }]));

  test("has no session with an older token, and one with a later token", () => {
    expect(isSignedOut(out, phone, NOW)).toBe(true);
    expect(isSignedOut(out, { ...phone, issuedAt: 499 }, NOW)).toBe(true);
    expect(isSignedOut(out, { ...phone, issuedAt: 500 }, NOW)).toBe(false);
  });

  test("has none with a token that does not say when it was issued", () =>
    expect(isSignedOut(out, { deviceId: "phone" }, NOW)).toBe(true));

  test("for a time, has none until then, whatever the token", () => {
    const banned = signOut(NO_SIGN_OUTS, { ...stated, until: NOW });
    const fresh = { ...phone, issuedAt: 900 };
    expect(isSignedOut(banned, fresh, NOW - 1)).toBe(true);
    expect(isSignedOut(banned, fresh, NOW)).toBe(false);
    expect(isSignedOut(banned, phone, NOW)).toBe(true);
  });

  test("on one device, keeps the others", () => {
    const one = signOut(NO_SIGN_OUTS, { ...stated, device: "phone" });
    expect(isSignedOut(one, phone, NOW)).toBe(true);
    expect(isSignedOut(one, { ...phone, deviceId: "laptop" }, NOW)).toBe(false);
  });
});

test("[M11] sign-outs only get stricter, in whatever order they are stated", () => {
  const sign = fc.record(
    {
      device: fc.constantFrom("phone", "laptop"),
      before: fc.nat(20),
      until: fc.nat(20),
    },
    { requiredKeys: ["before"] },
  );
  const session = fc.record({
    deviceId: fc.constantFrom("phone", "laptop", "tablet"),
    issuedAt: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(sign), session, fc.nat(20), (signs, who, at) => {
      const each = signs.some((one) => isSignedOut(signOut(NO_SIGN_OUTS, one), who, at));
      const all = signs.reduce(signOut, NO_SIGN_OUTS);
      expect(isSignedOut(all, who, at)).toBe(each);
      expect(isSignedOut(signs.toReversed().reduce(signOut, NO_SIGN_OUTS), who, at)).toBe(each);
    }),
  );
});

test("[M11] devices that were signed out are bounded, and no old token comes back by that", () => {
  let all = signOut(NO_SIGN_OUTS, { device: "first", before: 500 });
  for (let i = 0; i < 2 * DEVICES_MAX; i++)
    all = signOut(all, { device: `device-${i}`, before: 500 + i });
  expect(all.length).toBe(DEVICES_MAX + 1);
  expect(isSignedOut(all, { deviceId: "first", issuedAt: 499 }, NOW)).toBe(true);
  // Of those that have gone the last was stated at 500 + DEVICES_MAX - 1.
  expect(isSignedOut(all, { deviceId: "other", issuedAt: 499 + DEVICES_MAX }, NOW)).toBe(false);
});

describe("[M11] a device that was signed out for a time", () => {
  const ban = (all: SignOuts, device: string, until: number) =>
    signOut(all, { device, before: 500, until });
  const fresh = (deviceId: string) => ({ deviceId, issuedAt: 900 });
  const many = Array.from({ length: DEVICES_MAX }, (_, i) => `device-${i}`);

  test("stays so however many others are signed out, and they alone stay with it", () => {
    const banned = ban(NO_SIGN_OUTS, "first", NOW);
    const all = many.reduce((outs, device) => signOut(outs, { device, before: 500 }), banned);
    expect(isSignedOut(all, fresh("first"), NOW - 1)).toBe(true);
    expect(isSignedOut(all, fresh("other"), NOW - 1)).toBe(false);
    expect(isSignedOut(all, { ...fresh("device-0"), issuedAt: 499 }, NOW)).toBe(true);
  });

  test("keeps out every device, where too many are so, as long as the one whose time ends first", () => {
    const all = many.reduce((outs, device) => ban(outs, device, NOW), ban(NO_SIGN_OUTS, "a", 900));
    expect(isSignedOut(all, fresh("other"), 899)).toBe(true);
    expect(isSignedOut(all, fresh("other"), 900)).toBe(false);
    expect(isSignedOut(all, fresh("device-0"), NOW - 1)).toBe(true);
  });
});

test("a closing that another has stated counts when no gateway tries any more to store what was said before", () =>
  expect(LATE_MS).toBe(GIVE_UP_MS));
