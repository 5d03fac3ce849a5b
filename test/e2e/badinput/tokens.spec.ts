import { base64url } from "jose";
import { describe, expect, vi } from "vitest";
import type { App } from "../../support/app.ts";
import { dial, type Frame } from "../../support/device.ts";
import { AUDIENCE, claims, ISSUER, seconds, token } from "../../support/issuer.ts";
import { rsaPair } from "../../support/keypair.ts";
import { PATIENCE } from "../../support/patience.ts";
import { answer, siege } from "../../support/siege.ts";

const SECRET = "a secret of at least 32 characters!";
const KEY = new TextEncoder().encode(SECRET);
const env = {
  AUTH: "jwt",
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  JWT_ALGORITHMS: "HS256",
  JWT_SECRET: SECRET,
  DEVICE_HELLOS_BURST: "10000",
  USER_HELLOS_BURST: "10000",
  LOG_LEVEL: "debug",
};
const HS256 = { alg: "HS256" };
const good = (more: Record<string, unknown> = {}) => token(HS256, claims(more), KEY);
const { attack } = siege(env, (user) => good({ sub: user }));

/** The answer to a hello with this token, and how the socket ends. */
async function hello(app: App, text: string): Promise<[Frame, number | undefined]> {
  const stranger = await dial(app);
  const answered = await answer(stranger, { t: "hello", token: text, deviceId: "d" });
  if (answered.t === "welcome") {
    await stranger.close();
    return [answered, undefined];
  }
  return [answered, await stranger.closed];
}

/** Every refusal is the same, whatever the reason; the reason is in the log, the token is not. */
async function refused(app: App, tokens: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(tokens)) {
    const [{ ref: _, ...answered }, code] = await hello(app, text);
    expect([name, answered, code]).toEqual([
      name,
      {
        t: "error",
        code: "auth.invalid_token",
        field: "token",
        message: "token: the token was not accepted: try a fresh one",
        retryable: true,
      },
      4402,
    ]);
    if (text.length > 20) expect(app.log()).not.toContain(text);
  }
}

attack("a token that keeps every rule is accepted as its subject", async (app) => {
  const [welcome] = await hello(app, await good());
  expect(welcome).toMatchObject({ t: "welcome", user: "mallory" });
  const [several] = await hello(app, await good({ aud: ["other", AUDIENCE] }));
  expect(several).toMatchObject({ t: "welcome" });
});

describe("[D2] a token that signs itself", () => {
  attack("with no algorithm, or one that was not asked for, is refused", async (app) => {
    const whole = await good();
    const [header = "", payload = "", signature = ""] = whole.split(".");
    const none = (alg: string) => token({ alg }, claims());
    await refused(app, {
      none: await none("none"),
      None: await none("NONE"),
      "no alg": await token({}, claims()),
      HS512: await token({ alg: "HS512" }, claims(), KEY),
      "none, with a signature": `${await none("none")}${signature}`,
      "without its signature": `${header}.${payload}.`,
      "with another's signature": `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      "with another's claims": `${header}.${base64url.encode(JSON.stringify(claims({ sub: "ann" })))}.${signature}`,
      "in four parts": `${whole}.x`,
      "in JSON": JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
      encrypted: `${header}.${payload}.${signature}.${payload}.${signature}`,
    });
  });

  attack("with a key it brings along, or names, is refused", async (app) => {
    const own = rsaPair();
    const jwk = own.publicKey.export({ format: "jwk" });
    const other = new TextEncoder().encode("another secret of 32 characters!!");
    const empty = new TextEncoder().encode("\0");
    const kids = ["../../../dev/null", "file:///dev/null", "http://127.0.0.1:1/k", "' OR 1=1", ""];
    const named = kids.map(async (kid) => [kid, await token({ ...HS256, kid }, claims(), empty)]);
    await refused(app, {
      "another secret": await token(HS256, claims(), other),
      "an embedded jwk": await token({ alg: "RS256", jwk }, claims(), own.privateKey),
      "a jku": await token({ ...HS256, jku: "http://127.0.0.1:1/jwks.json" }, claims(), other),
      "an x5u": await token({ ...HS256, x5u: "http://127.0.0.1:1/c.pem" }, claims(), other),
      ...(Object.fromEntries(await Promise.all(named)) as Record<string, string>),
    });
  });
});

describe("a token whose claims do not hold", () => {
  attack("is refused without a word of which, and the log says which", async (app) => {
    const tokens = {
      "of another audience": await good({ aud: "other" }),
      "of no audience": await good({ aud: undefined }),
      "of another issuer": await good({ iss: "https://issuer.example.evil" }),
      "of no issuer": await good({ iss: undefined }),
      "of another type": await token({ ...HS256, typ: "id+jwt" }, claims(), KEY),
      "of no type": await token({ ...HS256, typ: undefined } as object, claims(), KEY),
      "expired long ago": await good({ exp: seconds() - 3_600 }),
      "that never expires": await good({ exp: undefined }),
      "that expires in words": await good({ exp: "never" }),
      "not yet valid": await good({ nbf: seconds() + 3_600 }),
      "of nobody": await good({ sub: undefined }),
    };
    await refused(app, tokens);
    const reasons = {
      aud: tokens["of no audience"],
      iss: tokens["of no issuer"],
      typ: tokens["of no type"],
      exp: tokens["that never expires"],
      nbf: tokens["not yet valid"],
      sub: tokens["of nobody"],
    };
    // The log has so many lines of strangers in a while and no more: what it has left out is said again.
    for (const [reason, text] of Object.entries(reasons)) {
      const line = new RegExp(`"reason":".*${reason}.*token refused`);
      const said = async (): Promise<void> => {
        await hello(app, text);
        expect(app.log()).toMatch(line);
      };
      await vi.waitFor(said, { ...PATIENCE, interval: 500 });
    }
  });

  attack("is refused when its subject can be no user", async (app) => {
    const subjects = [
      "",
      "*",
      ">",
      "a.b",
      "a b",
      "g-group",
      "x".repeat(65),
      "x".repeat(4_000),
      "auth0|5f7c8ec7c33c6c004bbafe82",
      `u-${"x".repeat(22)}`,
      null,
      "$SYS",
      7,
      ["ann"],
      {},
    ];
    const tokens = subjects.map(async (sub) => [JSON.stringify(sub), await good({ sub })]);
    await refused(app, Object.fromEntries(await Promise.all(tokens)) as Record<string, string>);
  });

  attack("may be off by 59 seconds, and not by 61", async (app) => {
    for (const more of [{ exp: seconds() - 59 + 1 }, { nbf: seconds() + 59 }]) {
      const [answered] = await hello(app, await good(more));
      expect([more, answered.t]).toEqual([more, "welcome"]);
    }
    await refused(app, { "ended 61 s ago": await good({ exp: seconds() - 61 }) });
    await refused(app, { "begins in 62 s": await good({ nbf: seconds() + 62 }) });
  });

  attack("loses its socket when it ends", async (app) => {
    const soon = await dial(app);
    const text = await good({ exp: seconds() - 57 });
    await answer(soon, { t: "hello", token: text, deviceId: "d" });
    expect(await soon.closed).toBe(4403);
  });

  attack("is made good by a fresh one of the same user, and by no other", async (app) => {
    const text = await good({ exp: seconds() - 55 });
    const [refreshed, left] = [await dial(app), await dial(app)];
    for (const one of [refreshed, left]) {
      const welcome = await answer(one, { t: "hello", token: text, deviceId: "d" });
      expect(welcome["expiresInMs"]).toBeLessThanOrEqual(5_000);
    }
    const tokens = [
      [await good({ sub: "alice" }), "auth.other_user"],
      [await good({ exp: seconds() - 61 }), "auth.invalid_token"],
      ["<html>502</html>", "auth.invalid_token"],
    ] as const;
    for (const [ref, [fresh, code]] of tokens.entries()) {
      refreshed.say({ t: "refresh", ref, token: fresh });
      expect(await refreshed.until((frame) => frame["ref"] === ref)).toMatchObject({ code });
    }
    refreshed.say({ t: "refresh", ref: "good", token: await good({ exp: seconds() + 600 }) });
    const answered = await refreshed.until(({ ref }) => ref === "good");
    expect(answered).toMatchObject({ t: "refreshed" });
    expect(await left.closed).toBe(4403);
    expect(await answer(refreshed, { t: "ping" })).toMatchObject({ t: "pong" });
    await refreshed.close();
  });
});

attack("a token of 20 KB, or of 10,000 claims, is refused before it is read", async (app) => {
  const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`c${i}`, i]));
  const before = app.log().length;
  await refused(app, {
    "a subject of 10 KB": await good({ sub: "x".repeat(10_000) }),
    "20 KB": await good({ pad: "x".repeat(15_000) }),
    "2,000 claims": await good(many),
    "20 KB of nothing": ".".repeat(20_000),
  });
  const stranger = await dial(app);
  const huge = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`c${i}`, i]));
  stranger.say({ t: "hello", token: await good(huge), deviceId: "d" });
  expect(await stranger.closed).toBe(1009);
  expect(app.log().slice(before)).not.toContain("token refused");
});

attack("what is no token at all is refused", async (app) => {
  await refused(app, { words: "let me in", dots: "..", "not ASCII": "é.é.é", spaces: "   " });
});

attack("nobody is given a development identity", async (app) => {
  const response = await fetch(`${app.url}/v1/token`, {
    method: "POST",
    body: JSON.stringify({ user: "ann" }),
  });
  expect(response.status).toBe(403);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ status: 403, code: "auth.disabled" });
});
