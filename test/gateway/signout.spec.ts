import { createSecretKey } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { jwtVerifier } from "../../src/gateway/auth/jwt.ts";
import { SharedSecrets } from "../../src/gateway/auth/secret.ts";
import { accepted, claims, seconds, token } from "../support/issuer.ts";
import { silent } from "../support/silent.ts";
import { happens, by, welcomed, opening } from "./rules.ts";
import { facts, house, settled } from "./world.ts";

describe("[M11] a session that was signed out", () => {
  test("is told the code before the close, and its own gateway states its end", () => {
    for (const session of [opening, welcomed])
      happens(session, { type: "ended", close: "revoked" }).does(
        {
          do: "say",
          frame: {
            t: "error",
            code: "auth.revoked",
            message: "you were signed out: this token counts no longer",
            retryable: false,
          },
        },
        { do: "close", close: "revoked" },
        { do: "leave", by, watched: [], reason: "revoked" },
      );
  });

  test("ends behind what it has said, with a code that means not to come back", async () => {
    const { world, live } = house();
    const { wire, connection, say } = await live("alice");
    const letGo = world.hold();
    say({ t: "send", cid: "a.1", to: "bob", body: "x" });
    connection.happen({ type: "ended", close: "revoked" });
    expect(wire.closes).toEqual([4502]);
    letGo();
    await settled();
    expect(world.stated.map(({ fact }) => fact.type)).toEqual([
      "SessionOpened",
      "MessageSent",
      "SessionClosed",
    ]);
  });
});

describe("[M7] the end of a session", () => {
  test("is stated again until it is stored, as long as the gateway lives", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { world, live } = house();
      const { connection } = await live("alice");
      const letGo = world.hold();
      connection.gone(1006);
      letGo(new Error("the broker is away"));
      await settled();
      expect(facts(world, "SessionClosed")).toEqual([]);
      vi.advanceTimersByTime(1_000);
      await settled();
      expect(facts(world, "SessionClosed")).toMatchObject([{ reason: "left" }]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("by one that takes its place says that it is not the own gateway's word", async () => {
    const { world, live } = house();
    const replaces = { sessionId: "elsewhere", resume: "A".repeat(22) };
    await live("alice", "d", { replaces });
    expect(facts(world, "SessionClosed")).toEqual([
      { type: "SessionClosed", reason: "replaced", elsewhere: true, ...replaces },
    ]);
  });
});

describe("[M11] an opening", () => {
  const opened = async (issuedAt: number | undefined, wall = 5_000) => {
    const { world, parts, live } = house();
    const expiresAt = wall + 100_000;
    Object.assign(parts, {
      wall: () => wall,
      verify: async (user: string) => ({
        user,
        expiresAt,
        ...(issuedAt !== undefined && { issuedAt }),
      }),
    });
    await live("alice");
    return facts(world, "SessionOpened")[0];
  };

  test("says when the token was issued, in whole milliseconds, and nothing where that does not say", async () => {
    expect(await opened(1_000.5)).toMatchObject({ issuedAt: 1_000 });
    expect(await opened(undefined)).not.toHaveProperty("issuedAt");
  });

  test("has no token from the future, nor from before time: a sign-out behind it would not end it", async () => {
    expect(await opened(9_000)).toMatchObject({ issuedAt: 5_000 });
    expect(await opened(Number.MAX_VALUE)).toMatchObject({ issuedAt: 5_000 });
    expect(await opened(-7)).toMatchObject({ issuedAt: 0 });
  });
});

test("[M11] a token says when it was issued by its `iat`, and one of which that is no number, or to come, is refused", async () => {
  const secret = new Uint8Array(32).fill(7);
  const issuers = [accepted({ algorithms: ["HS256"], keys: new SharedSecrets([secret]) })];
  const verify = jwtVerifier({ issuers, userIds: "sub" }, silent);
  const signed = (more: object): Promise<string> =>
    token({ alg: "HS256" }, claims({ ...more }), createSecretKey(secret));
  const iat = seconds() - 5;
  expect(await verify(await signed({ iat }))).toMatchObject({ issuedAt: iat * 1_000 });
  expect(await verify(await signed({}))).not.toHaveProperty("issuedAt");
  expect(await verify(await signed({ iat: "yesterday" }))).toBeUndefined();
  // Clocks may differ by a minute; of a token beyond that no sign-out would be the later one.
  expect(await verify(await signed({ iat: seconds() + 40 }))).toBeDefined();
  expect(await verify(await signed({ iat: seconds() + 90 }))).toBeUndefined();
});
