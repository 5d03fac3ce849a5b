import { afterAll, expect } from "vitest";
import type { App } from "../../support/app.ts";
import { dial, type Frame } from "../../support/device.ts";
import { AUDIENCE, claims, ISSUER, keyPair, startIssuer, token } from "../../support/issuer.ts";
import { rsaPair } from "../../support/keypair.ts";
import { answer, siege } from "../../support/siege.ts";
import { peak } from "../../support/memory.ts";

const issuer = await startIssuer();
afterAll(() => issuer.stop());
const MIB = 1024 * 1024;
const COOLDOWN_MS = 500;
const RS256 = { alg: "RS256", kid: "one" };
const { attack } = siege(
  {
    AUTH: "jwt",
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    JWT_ALGORITHMS: "RS256",
    JWT_JWKS_URL: issuer.url,
    JWT_JWKS_COOLDOWN_MS: String(COOLDOWN_MS),
  },
  (user) => token(RS256, claims({ sub: user }), issuer.privateKey),
);

async function hello(app: App, text: string): Promise<Frame> {
  const stranger = await dial(app);
  const answered = await answer(stranger, { t: "hello", token: text, deviceId: "d" });
  if (answered.t === "error")
    expect(await stranger.closed).toBe(answered["code"] === "unavailable" ? 4410 : 4402);
  else await stranger.close();
  return answered;
}

/** Says hello until it is judged: comes back as long as it is told to. */
async function judged(app: App, text: string): Promise<Frame> {
  let answered = await hello(app, text);
  while (answered["code"] === "unavailable") {
    expect(answered["retryAfterMs"]).toBeGreaterThan(0);
    expect(answered["retryAfterMs"]).toBeLessThanOrEqual(COOLDOWN_MS);
    answered = await hello(app, text);
  }
  return answered;
}

attack("a token signed by the issuer's key is accepted, with or without its name", async (app) => {
  for (const header of [RS256, { alg: "RS256" }])
    expect(await hello(app, await token(header, claims(), issuer.privateKey))).toMatchObject({
      t: "welcome",
      user: "mallory",
    });
});

attack("the issuer's public key is no secret to sign with", async (app) => {
  const pem = issuer.publicKey.export({ type: "spki", format: "pem" });
  const secrets = [String(pem), String(pem).trim(), JSON.stringify(issuer.jwk), issuer.jwk.n ?? ""];
  for (const secret of secrets) {
    const mixed = await token({ alg: "HS256", kid: "one" }, claims(), Buffer.from(secret));
    expect(await hello(app, mixed)).toMatchObject({ code: "auth.invalid_token" });
  }
});

attack("a key that the token names or brings is neither used nor fetched", async (app) => {
  const own = rsaPair();
  const jwk = own.publicKey.export({ format: "jwk" });
  const place = new URL("/evil.json", issuer.url).href;
  const headers = [
    RS256,
    { alg: "RS256", jwk },
    { ...RS256, jwk },
    { ...RS256, jku: place },
    { ...RS256, x5u: place },
    { alg: "RS256", kid: place },
    { alg: "RS256", kid: "../../evil.json" },
    { alg: "RS256", kid: "two" },
    { alg: "PS256", kid: "one" },
  ];
  for (const header of headers) {
    const forged = await token(header, claims(), own.privateKey);
    expect([header, await judged(app, forged)]).toMatchObject([
      header,
      { code: "auth.invalid_token" },
    ]);
  }
  expect(new Set(issuer.asked)).toEqual(new Set(["/jwks.json"]));
  // At most one for each header that names a key, and one before.
  expect(issuer.asked.length).toBeLessThan(headers.length);
});

attack("another algorithm of the issuer's own key is refused", async (app) => {
  for (const alg of ["PS256", "RS512"])
    expect(await hello(app, await token({ alg }, claims(), issuer.privateKey))).toMatchObject({
      code: "auth.invalid_token",
    });
});

attack("a key that is added and used at once is accepted in a moment", async (app) => {
  const two = await keyPair("two");
  await judged(app, await token({ alg: "RS256", kid: "none" }, claims(), two.privateKey));
  issuer.keys.push(two.listed);
  const fresh = await token({ alg: "RS256", kid: "two" }, claims(), two.privateKey);
  expect(await hello(app, fresh)).toMatchObject({ code: "unavailable", retryable: true });
  expect(await judged(app, fresh)).toMatchObject({ t: "welcome" });
});

attack("a key set of 1 GB, or none, costs nothing and shuts nobody out for good", async (app) => {
  const before = peak(app.pid);
  const part = Buffer.alloc(MIB, " ");
  let written = 0;
  issuer.instead = (response) => {
    const more = (): void => {
      if (written++ < 1_024) response.write(part, (error) => !error && more());
    };
    more();
  };
  const three = await keyPair("three");
  const fresh = await token({ alg: "RS256", kid: "three" }, claims(), three.privateKey);
  let answered = await hello(app, fresh);
  while (written === 0) answered = await hello(app, fresh);
  expect(answered).toMatchObject({ code: "unavailable" });
  issuer.keys = [];
  issuer.instead = undefined;
  expect(await hello(app, fresh)).toMatchObject({ code: "unavailable" });
  issuer.keys = [three.listed];
  expect(await judged(app, fresh)).toMatchObject({ t: "welcome" });
  expect(written).toBeLessThan(100);
  expect(peak(app.pid) - before).toBeLessThan(32 * MIB);
});
