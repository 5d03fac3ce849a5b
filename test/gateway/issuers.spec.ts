import { createSecretKey } from "node:crypto";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { jwtVerifier, type Issuer } from "../../src/gateway/auth/jwt.ts";
import { SharedSecrets } from "../../src/gateway/auth/secret.ts";
import { hashedId } from "../../src/gateway/auth/userid.ts";
import { accepted, claims, ISSUER, token } from "../support/issuer.ts";

const OTHER = "https://partner.example";
const bytes = (letter: string) => new Uint8Array(Buffer.from(letter.repeat(32)));
const [ONE, TWO] = [bytes("1"), bytes("2")];
const issuer = (secret: Uint8Array<ArrayBuffer>, more: Partial<Issuer> = {}): Issuer =>
  accepted({ algorithms: ["HS256"], keys: new SharedSecrets([secret]), ...more });
const signed = (
  secret: Uint8Array,
  more: Record<string, unknown> = {},
  header: object = {},
): Promise<string> => token({ alg: "HS256", ...header }, claims(more), createSecretKey(secret));

/** The user whom the token names, or why nobody. */
async function judged(issuers: Issuer[], text: string | Promise<string>): Promise<string> {
  let reason = "";
  const log = pino({ level: "info" }, { write: (line: string) => (reason = line) });
  const userIds = issuers.length > 1 ? "hash" : "sub";
  const identity = await jwtVerifier({ issuers, userIds }, log)(await text);
  return identity?.user ?? (JSON.parse(reason) as { reason: string }).reason;
}

describe("[D2] several issuers", () => {
  const both = [issuer(ONE), issuer(TWO, { issuer: OTHER, audiences: ["partner"] })];
  const partner = { iss: OTHER, aud: "partner" };

  test("are each judged by their own key and audience", async () => {
    expect(await judged(both, signed(ONE))).toBe(hashedId(ISSUER, "mallory"));
    expect(await judged(both, signed(TWO, partner))).toBe(hashedId(OTHER, "mallory"));
    expect(await judged(both, signed(TWO, { iss: OTHER }))).toBe('unexpected "aud" claim value');
  });

  test("cannot sign for each other, nor for a third", async () => {
    expect(await judged(both, signed(TWO))).toBe("signature verification failed");
    expect(await judged(both, signed(ONE, partner))).toBe("signature verification failed");
    for (const iss of ["https://third.example", "", undefined, [ISSUER], { a: ISSUER }])
      expect(await judged(both, signed(ONE, { iss }))).toBe('unexpected "iss" claim value');
  });
});

describe("the type of a token", () => {
  const wrong = 'unexpected "typ" JWT header value';
  const typed = (types: string[], typ: unknown) =>
    judged([issuer(ONE, { types })], signed(ONE, {}, { typ }));

  test("is one of those accepted, with or without application/ before it", async () => {
    for (const typ of ["JWT", "jwt", "at+jwt", "application/at+jwt", "Application/AT+JWT"])
      expect(await typed(["JWT", "at+jwt"], typ)).toBe("mallory");
    for (const typ of ["id+jwt", "none", "", undefined])
      expect(await typed(["JWT", "at+jwt"], typ)).toBe(wrong);
  });

  test("is absent where none is accepted, and only there", async () => {
    expect(await typed(["none"], undefined)).toBe("mallory");
    expect(await typed(["JWT", "none"], undefined)).toBe("mallory");
    for (const typ of ["JWT", "none", "application/none"])
      expect(await typed(["none"], typ)).toBe(wrong);
  });
});

describe("the audience of a token", () => {
  const wrong = 'unexpected "aud" claim value';
  const meant = (audiences: string[], aud: unknown) =>
    judged([issuer(ONE, { audiences })], signed(ONE, { aud }));

  test("is one of those accepted, alone or among others", async () => {
    for (const aud of ["web", "phone", ["phone"], ["other", "web"]])
      expect(await meant(["web", "phone"], aud)).toBe("mallory");
    for (const aud of ["other", "", [], ["other"], [["web"], 7], "web phone", null, 7, {}])
      expect([aud, await meant(["web", "phone"], aud)]).toEqual([aud, wrong]);
    expect(await meant(["web"], undefined)).toBe('missing required "aud" claim');
  });

  test("may stand in another claim, and then aud counts for nothing", async () => {
    const byClient = [issuer(ONE, { audienceClaim: "client_id", audiences: ["web"] })];
    const said = (more: object) => judged(byClient, signed(ONE, { aud: "other", ...more }));
    expect(await said({ client_id: "web" })).toBe("mallory");
    expect(await said({ client_id: "other", aud: "web" })).toContain('"client_id"');
    expect(await said({ aud: "web" })).toBe('missing required "client_id" claim');
  });
});

describe("shared secrets", () => {
  test("are all accepted, and none that was taken away", async () => {
    const keys = new SharedSecrets([ONE, TWO]);
    const known = [accepted({ algorithms: ["HS256", "HS512"], keys })];
    for (const secret of [ONE, TWO]) expect(await judged(known, signed(secret))).toBe("mallory");
    expect(await judged(known, signed(bytes("3")))).toBe("signature verification failed");
    keys.replace([TWO]);
    expect(await judged(known, signed(TWO))).toBe("mallory");
    expect(await judged(known, signed(ONE))).toBe("signature verification failed");
    const longer = token({ alg: "HS512" }, claims(), TWO);
    expect(await judged(known, longer)).toBe("mallory");
  });

  test("are imported once, however many tokens come", async () => {
    const keys = new SharedSecrets([ONE]);
    const [first, again] = [await keys.keys("HS256"), await keys.keys("HS256")];
    expect(again).toBe(first);
    expect(await keys.keys("RS256")).toEqual([]);
  });
});
