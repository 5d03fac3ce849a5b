import { generateKeyPairSync } from "node:crypto";
import { afterAll, expect } from "vitest";
import type { App } from "../support/app.ts";
import { dial, type Frame } from "../support/device.ts";
import { AUDIENCE, claims, ISSUER, startIssuer, token } from "../support/issuer.ts";
import { answer, siege } from "../support/siege.ts";

const issuer = await startIssuer();
afterAll(() => issuer.stop());
const RS256 = { alg: "RS256", kid: "one" };
const { attack } = siege(
  {
    AUTH: "jwt",
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    JWT_ALGORITHMS: "RS256",
    JWT_JWKS_URL: issuer.url,
  },
  (user) => token(RS256, claims({ sub: user }), issuer.privateKey),
);

async function hello(app: App, text: string): Promise<Frame> {
  const stranger = await dial(app);
  const answered = await answer(stranger, { t: "hello", token: text, deviceId: "d" });
  await stranger.close();
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
  const own = generateKeyPairSync("rsa", { modulusLength: 2048 });
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
    expect([header, await hello(app, forged)]).toMatchObject([
      header,
      { code: "auth.invalid_token" },
    ]);
  }
  expect(new Set(issuer.asked)).toEqual(new Set(["/jwks.json"]));
  expect(issuer.asked.length).toBeLessThan(5);
});

attack("another algorithm of the issuer's own key is refused", async (app) => {
  for (const alg of ["PS256", "RS512"])
    expect(await hello(app, await token({ alg }, claims(), issuer.privateKey))).toMatchObject({
      code: "auth.invalid_token",
    });
});
