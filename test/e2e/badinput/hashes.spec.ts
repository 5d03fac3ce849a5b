import { expect } from "vitest";
import { hashedId } from "../../../src/gateway/auth/userid.ts";
import { dial } from "../../support/device.ts";
import { AUDIENCE, claims, ISSUER, token } from "../../support/issuer.ts";
import { answer, siege } from "../../support/siege.ts";

const SECRET = "a secret of at least 32 characters!";
const good = (more: object) =>
  token({ alg: "HS256" }, claims({ ...more }), new TextEncoder().encode(SECRET));
const { attack } = siege(
  {
    AUTH: "jwt",
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    JWT_ALGORITHMS: "HS256",
    JWT_SECRET: SECRET,
    JWT_USER_CLAIM: "email",
    JWT_USER_ID: "hash",
  },
  (user) => good({ email: user }),
  (user) => hashedId(ISSUER, user),
);

attack("[D2] whatever a claim is, its user has an id that nobody else can have", async (app) => {
  const emails = ["ann@example.org", "eve", hashedId(ISSUER, "ann"), "é|*.>", "x".repeat(4_000)];
  for (const email of emails) {
    const someone = await dial(app);
    const hello = { t: "hello", token: await good({ email }), deviceId: "d" };
    const user = hashedId(ISSUER, email);
    expect(await answer(someone, hello)).toMatchObject({ t: "welcome", user });
    await someone.close();
  }
});

attack("[D1] a claim that names nobody is refused as any bad token is", async (app) => {
  for (const email of [undefined, null, "", [], ["ann@example.org"], 7, {}, "\ud800"]) {
    const someone = await dial(app);
    const hello = { t: "hello", token: await good({ email }), deviceId: "d" };
    const code = "auth.invalid_token";
    expect([email, await answer(someone, hello)]).toMatchObject([email, { t: "error", code }]);
    expect(await someone.closed).toBe(4402);
  }
  const someone = await dial(app);
  const long = await good({ email: "x".repeat(10_000) });
  expect(await answer(someone, { t: "hello", token: long, deviceId: "d" })).toMatchObject({
    code: "auth.invalid_token",
  });
});
