import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { awaiting, type Happening, type Live } from "../../src/gateway/session/session.ts";
import { NotNowError } from "../../src/gateway/ports.ts";
import type { Refresh } from "../../src/protocol/frames/refresh.ts";
import { isSignedOut, signOut, type SignOuts } from "../../src/rules/signout.ts";
import { from, given, happens, hello, KEY, NOW, opened, run, said, welcomed } from "./rules.ts";
import { house, settled } from "./world.ts";

const refresh: Refresh = { t: "refresh", token: "fresh", ref: "r" };
const tick: Happening = { type: "tick", silentMs: 0, beat: false };
const read = (user: string, expiresAt: number): Happening => ({
  type: "verified",
  identity: { user, expiresAt },
});

describe("a session whose client has a fresh token", () => {
  test("[M12] has it read, and goes on until the end of that one", () => {
    given().when(refresh).does({ do: "read", token: "fresh" });
    const { effects, after } = happens(
      run(welcomed, [said(refresh)]),
      read("alice", NOW + 900_000),
    );
    expect(effects).toEqual([
      { do: "say", frame: { t: "refreshed", expiresInMs: 900_000, ref: "r" } },
    ]);
    happens(after, tick, NOW + 100_000).does();
    happens(after, tick, NOW + 899_999).does();
    happens(after, tick, NOW + 900_000).closes("expired");
  });

  test("goes on with the old one, until its end, when the fresh one is not accepted", () => {
    const asked = run(welcomed, [said(refresh)]);
    const { effects, after } = happens(asked, { type: "verified", identity: undefined });
    expect(effects).toMatchObject([
      { frame: { code: "auth.invalid_token", field: "token", retryable: true, ref: "r" } },
    ]);
    happens(after, tick, NOW + 99_999).does();
    happens(after, tick, NOW + 100_000).closes("expired");
  });

  test("goes on with the old one when the fresh one is of another user, whose it never becomes", () => {
    const asked = run(welcomed, [said(refresh)]);
    const { effects, after } = happens(asked, read("mallory", NOW + 900_000));
    expect(effects).toMatchObject([
      { frame: { code: "auth.other_user", field: "token", retryable: false, ref: "r" } },
    ]);
    expect(after).toMatchObject({ user: "alice", strikes: 0 });
    happens(after, tick, NOW + 100_000).closes("expired");
  });

  test("[M12] goes on with the old one when the fresh one was issued before it: a sign-out may have made that void", () => {
    const issued = (issuedAt: number | undefined): Happening => ({
      type: "verified",
      identity: { user: "alice", expiresAt: NOW + 900_000, ...(issuedAt && { issuedAt }) },
    });
    const answered = (own: number | undefined, fresh: number | undefined) => {
      const asked = run(awaiting(KEY, NOW, 1_000), [
        said(hello),
        issued(own),
        opened,
        said(refresh),
      ]);
      const { effects } = happens(asked, issued(fresh));
      return effects.map((each) => "frame" in each && "code" in each.frame && each.frame.code);
    };
    expect(answered(5_000, 4_999)).toEqual(["auth.invalid_token"]);
    expect(answered(5_000, undefined)).toEqual(["auth.invalid_token"]);
    expect(answered(5_000, 5_000)).toEqual([false]);
    expect(answered(undefined, undefined)).toEqual([false]);
    expect(answered(undefined, 1)).toEqual([false]);
  });

  test("has no token that is void, whatever sign-outs there were, while it is open itself", () => {
    const time = fc.integer({ min: 0, max: 50 });
    const iat = fc.option(time, { nil: undefined });
    const outs = fc.array(
      fc.record({
        before: time,
        until: time,
        device: fc.option(fc.constant("d"), { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(iat, iat, time, outs, (own, fresh, at, stated) => {
        const signOuts = stated.reduce<SignOuts>((all, each) => signOut(all, each), []);
        const isVoid = (issuedAt: number | undefined) =>
          isSignedOut(signOuts, { deviceId: "d", issuedAt }, at);
        const isYounger = (fresh ?? -1) >= (own ?? -1);
        expect(isVoid(own) || !isYounger || !isVoid(fresh)).toBe(true);
      }),
    );
  });

  test("is told to try again when nothing can be judged", () => {
    const asked = run(welcomed, [said(refresh)]);
    const { effects, after } = happens(asked, { type: "unopened", retryAfterMs: 7_000 });
    expect(effects).toMatchObject([
      { frame: { code: "unavailable", retryable: true, retryAfterMs: 7_000, ref: "r" } },
    ]);
    from(after).when(refresh).does({ do: "read", token: "fresh" });
  });

  test("has one read at a time, five at once, and one more every ten seconds", () => {
    given(refresh).when(refresh).refuses("rate_limited");
    const once = [said(refresh), read("alice", NOW + 900_000)];
    const five = run(welcomed, Array.from({ length: 5 }, () => once).flat()) as Live;
    expect(from(five).when(refresh).effects).toMatchObject([
      { frame: { code: "rate_limited", retryAfterMs: 10_000, ref: "r" } },
    ]);
    from(five)
      .when(refresh, NOW + 10_000)
      .does({ do: "read", token: "fresh" });
  });

  test("ends as a stranger's does when there is no end of wrong ones", () => {
    const most = Array.from({ length: 19 }, () => refresh);
    given(refresh, ...most)
      .when(refresh)
      .closes("tooMany");
  });

  test("that has ended meanwhile, is not there any more", () => {
    const closed = run(welcomed, [said(refresh), { type: "gone", code: 1006 }]);
    happens(closed, read("alice", NOW + 900_000)).does();
  });
});

describe("a socket", () => {
  test("is told how long its session lasts, and lasts as long as its last token", async () => {
    const { dial, clock, parts } = house();
    let lastsMs = 60_000;
    Object.assign(parts, {
      verify: async (user: string) => ({ user, expiresAt: parts.wall() + lastsMs }),
    });
    const { wire, say, connection } = dial();
    say({ t: "hello", token: "alice", deviceId: "d" });
    await settled();
    expect(wire.frames[0]).toMatchObject({ t: "welcome", expiresInMs: 60_000 });
    clock.now += 50_000;
    lastsMs = 600_000;
    wire.received = 1;
    connection.tick();
    say({ t: "refresh", token: "alice", ref: 1 });
    await settled();
    expect(wire.frames.at(-1)).toEqual({ t: "refreshed", expiresInMs: 600_000, ref: 1 });
    expect(wire.closes).toEqual([]);
  });

  test("is not cut off when the keys cannot be had, and a token without end ends in ten years", async () => {
    const { dial, parts } = house();
    let failing = false;
    const verify = async (user: string) => {
      if (failing) throw new NotNowError(4_000);
      return { user, expiresAt: 1e300 };
    };
    Object.assign(parts, { verify });
    const { wire, say } = dial();
    say({ t: "hello", token: "alice", deviceId: "d" });
    await settled();
    expect(wire.frames[0]).toMatchObject({ expiresInMs: 10 * 365 * 86_400_000 });
    failing = true;
    say({ t: "refresh", token: "alice" });
    await settled();
    expect(wire.errors).toEqual(["unavailable"]);
    expect(wire.closes).toEqual([]);
  });
});
