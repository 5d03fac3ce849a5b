import { createSecretKey, randomUUID, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, type JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { hashedId } from "../../src/gateway/auth/userid.ts";
import { identities } from "../../src/host/identity.ts";
import { Scope } from "../../src/host/scope.ts";
import { keyPair, seconds, startIssuer, token } from "../support/issuer.ts";
import { ecPair } from "../support/keypair.ts";
import { silent } from "../support/silent.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/identity.md"), "utf8");
const SECRET = "the-legacy-secret-of-a-project-of-supabase";
const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "identity-"));
let jwks: Awaited<ReturnType<typeof startIssuer>>;
let rsa: KeyObject;
let ec: KeyObject;
beforeAll(async () => {
  jwks = await startIssuer();
  rsa = jwks.privateKey;
  const pair = ecPair();
  ec = pair.privateKey;
  const { alg: _, ...unnamed } = (await keyPair("two")).listed;
  jwks.keys.push(
    { ...(await exportJWK(pair.publicKey)), kid: "ec", alg: "ES256", key_ops: ["verify"] },
    // Entra names no algorithm; Keycloak has a key for encryption among the others.
    { ...unnamed, x5t: "two", x5c: ["MIIC"] },
    { ...(await keyPair("enc")).listed, alg: "RSA-OAEP", use: "enc" },
  );
  writeFileSync(join(dir, "secret"), `${SECRET}\n`);
});
afterAll(async () => {
  await jwks.stop();
  rmSync(dir, { recursive: true });
});

/** The block below a heading as settings; keys are had from this machine. */
function recipe(heading: string): Record<string, string> {
  const section = page.slice(page.indexOf(`\n## ${heading}\n`));
  const [, block = ""] = /^```sh\n([^]*?)^```$/m.exec(section) ?? [];
  const lines = block.trim().split("\n");
  const said = Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2))) as object;
  return {
    ...said,
    ...("JWT_JWKS_URL" in said && { JWT_JWKS_URL: jwks.url }),
    ...("JWT_SECRET_FILE" in said && { JWT_SECRET_FILE: join(dir, "secret") }),
  };
}

/** The user whom a token names by a recipe; undefined: it is refused. */
async function userBy(heading: string, text: Promise<string>): Promise<string | undefined> {
  const scope = new Scope(silent);
  const { verify } = await identities(readConfig(recipe(heading)), scope, silent);
  const identity = await verify(await text);
  await scope.stop();
  return identity?.user;
}

const times = (life = 3_600) => ({ iat: seconds(), exp: seconds() + life });
const byRsa = (header: object, payload: JWTPayload): Promise<string> =>
  token({ alg: "RS256", kid: "one", ...header }, payload, rsa);

describe("the recipe for Auth0", () => {
  const iss = "https://example.eu.auth0.com/";
  const sub = "auth0|5f7c8ec7c33c6c004bbafe82";
  const payload = {
    iss,
    sub,
    aud: ["https://chat.example.org/api", `${iss}userinfo`],
    ...times(86_400),
    azp: "my_client_id",
    scope: "openid profile email offline_access",
    permissions: [],
  };
  const idToken = {
    nickname: "ann",
    email: "ann@example.org",
    ...payload,
    aud: "my_client_id",
    sid: "s",
    nonce: "n",
  };

  test("takes its access tokens of both profiles, by a hash of the subject", async () => {
    for (const typ of ["JWT", "at+jwt"])
      expect(await userBy("Auth0", byRsa({ typ }, payload))).toBe(hashedId(iss, sub));
  });

  test("refuses ID tokens, and tokens for another API", async () => {
    expect(await userBy("Auth0", byRsa({}, idToken))).toBeUndefined();
    const other = { ...payload, aud: "https://shop.example.org/api" };
    expect(await userBy("Auth0", byRsa({}, other))).toBeUndefined();
  });
});

describe("the recipe for Amazon Cognito", () => {
  const sub = randomUUID();
  const access = {
    sub,
    "cognito:groups": ["eu-central-1_Example01_Google"],
    iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example01",
    version: 2,
    client_id: "7aoc3bq2c2tnmi8v0qpn2vg5ld",
    origin_jti: randomUUID(),
    token_use: "access",
    scope: "openid email",
    auth_time: seconds(),
    ...times(),
    jti: randomUUID(),
    username: sub,
  };
  const untyped = { typ: undefined };

  test("takes its access tokens, which have neither aud nor typ", async () => {
    expect(await userBy("Amazon Cognito", byRsa(untyped, access))).toBe(sub);
  });

  test("refuses ID tokens, and tokens of another app client", async () => {
    const { client_id, ...rest } = access;
    const idToken = { ...rest, aud: client_id, token_use: "id", "cognito:username": sub };
    expect(await userBy("Amazon Cognito", byRsa(untyped, idToken))).toBeUndefined();
    const other = { ...access, client_id: "other" };
    expect(await userBy("Amazon Cognito", byRsa(untyped, other))).toBeUndefined();
  });
});

describe("the recipe for Keycloak", () => {
  const sub = randomUUID();
  const access = {
    ...times(300),
    auth_time: seconds(),
    jti: `onrtac:${randomUUID()}`,
    iss: "https://id.example.org/realms/example",
    aud: ["chat", "account"],
    sub,
    typ: "Bearer",
    azp: "chat-web",
    sid: randomUUID(),
    acr: "1",
    "allowed-origins": ["https://chat.example.org"],
    realm_access: { roles: ["offline_access", "default-roles-example"] },
    resource_access: { account: { roles: ["manage-account"] } },
    scope: "openid profile email",
    email_verified: true,
    preferred_username: "ann",
  };

  test("takes its access tokens once they are for the chat", async () => {
    expect(await userBy("Keycloak", byRsa({}, access))).toBe(sub);
    expect(await userBy("Keycloak", byRsa({}, { ...access, aud: "account" }))).toBeUndefined();
  });

  test("refuses ID tokens, and access tokens without a subject", async () => {
    const idToken = { ...access, aud: "chat-web", typ: "ID", at_hash: "h" };
    expect(await userBy("Keycloak", byRsa({}, idToken))).toBeUndefined();
    const { sub: _, ...light } = access;
    expect(await userBy("Keycloak", byRsa({}, light))).toBeUndefined();
  });
});

describe("the recipe for Microsoft Entra ID", () => {
  const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
  const oid = randomUUID();
  const access = {
    aud: "6731de76-14a6-49ae-97bc-6eba6914391e",
    iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
    ...times(),
    nbf: seconds(),
    aio: "AXQAi/8IAAAA",
    azp: randomUUID(),
    azpacr: "0",
    name: "Ann Example",
    oid,
    preferred_username: "ann@example.org",
    rh: "0.AXXXX",
    scp: "Chat.Use",
    sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    tid: tenant,
    uti: "fqiBqXLPj0eQa82S-IYFAA",
    ver: "2.0",
  };

  test("takes its tokens of version 2, also by a key that names no algorithm", async () => {
    expect(await userBy("Microsoft Entra ID", byRsa({}, access))).toBe(oid);
  });

  test("refuses tokens of version 1, of another tenant, and without oid", async () => {
    const refused = [
      { ...access, iss: `https://sts.windows.net/${tenant}/`, ver: "1.0" },
      { ...access, iss: `https://login.microsoftonline.com/${randomUUID()}/v2.0` },
      { ...access, oid: undefined },
    ];
    for (const payload of refused)
      expect(await userBy("Microsoft Entra ID", byRsa({}, payload))).toBeUndefined();
  });
});

describe("the recipes for Supabase", () => {
  const sub = randomUUID();
  const iss = "https://abcdefghijklmnopqrst.supabase.co/auth/v1";
  const access = {
    iss,
    sub,
    aud: "authenticated",
    ...times(),
    email: "ann@example.org",
    phone: "",
    app_metadata: { provider: "email", providers: ["email"] },
    user_metadata: { email_verified: true },
    role: "authenticated",
    aal: "aal1",
    amr: [{ method: "password", timestamp: seconds() }],
    session_id: randomUUID(),
    is_anonymous: false,
  };
  const byEc = (payload: JWTPayload) => token({ alg: "ES256", kid: "ec" }, payload, ec);
  const byText = (payload: JWTPayload) =>
    token({ alg: "HS256", kid: "k" }, payload, createSecretKey(Buffer.from(SECRET)));
  const LEGACY = "Supabase, with its legacy secret";

  test("take tokens by signing key or by secret, each by its own recipe only", async () => {
    expect(await userBy("Supabase", byEc(access))).toBe(sub);
    expect(await userBy(LEGACY, byText(access))).toBe(sub);
    expect(await userBy("Supabase", byText(access))).toBeUndefined();
    expect(await userBy(LEGACY, byEc(access))).toBeUndefined();
  });

  test("refuse the keys of a project, which are of nobody", async () => {
    for (const role of ["anon", "service_role"]) {
      const key = { iss: "supabase", ref: "abcdefghijklmnopqrst", role, ...times(315_360_000) };
      expect(await userBy(LEGACY, byText(key))).toBeUndefined();
    }
  });
});

test("every recipe of the page has a token in a spec", () => {
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => heading);
  const tried = ["Auth0", "Amazon Cognito", "Keycloak", "Microsoft Entra ID", "Supabase"];
  expect(headings).toEqual([...tried, "Supabase, with its legacy secret"]);
});
