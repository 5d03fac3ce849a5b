import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";

const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "issuers-"));
afterAll(() => rmSync(dir, { recursive: true }));
const SECRET = "a secret of at least 32 characters!";
const secretFile = join(dir, "secret");
writeFileSync(secretFile, SECRET);
const ONE = {
  issuer: "https://a.example",
  audience: "chat",
  algorithms: ["RS256"],
  jwksUrl: "https://a.example/keys",
};
const TWO = { issuer: "b", audience: ["x", "y"], algorithms: ["HS256"], secretFile };
const read = (issuers: unknown, more: Record<string, string> = {}) =>
  readConfig({ JWT_ISSUERS: JSON.stringify(issuers), JWT_USER_ID: "hash", ...more });

describe("JWT_ISSUERS", () => {
  test("[O5] names issuers with all that is left out as for one", () => {
    const defaults = { audienceClaim: "aud", typ: ["JWT"], userClaim: "sub" };
    const { AUTH, issuers } = read([ONE, { ...TWO, typ: "none", userClaim: "email" }]);
    expect([AUTH, issuers]).toEqual([
      "jwt",
      [
        {
          ...defaults,
          issuer: ONE.issuer,
          audience: ["chat"],
          algorithms: ["RS256"],
          keys: { jwksUrl: ONE.jwksUrl },
        },
        {
          ...defaults,
          issuer: "b",
          audience: ["x", "y"],
          algorithms: ["HS256"],
          typ: ["none"],
          userClaim: "email",
          keys: { secret: { text: SECRET, file: secretFile } },
        },
      ],
    ]);
  });

  test("may be a file, and is what docs/operations.md shows", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
    const [, shown = ""] = /### Several issuers[^]*?^```json\n([^]*?)^```$/m.exec(page) ?? [];
    const file = join(dir, "issuers.json");
    writeFileSync(file, shown.replace("/run/secrets/partner-jwt", secretFile));
    const { issuers } = readConfig({ JWT_ISSUERS_FILE: file, JWT_USER_ID: "hash" });
    expect(issuers.map(({ userClaim }) => userClaim)).toEqual(["sub", "email"]);
  });

  test("with more than one issuer is refused unless ids are hashes", () => {
    const sentence =
      "JWT_USER_ID: several issuers need hash, or two of them could name the same user";
    expect(() => read([ONE, TWO], { JWT_USER_ID: "sub" })).toThrow(sentence);
    expect(() => read([ONE, TWO], { JWT_USER_ID: "" })).toThrow(sentence);
    expect(read([ONE], { JWT_USER_ID: "sub" }).issuers).toHaveLength(1);
  });

  const short = join(dir, "short");
  writeFileSync(short, `${SECRET}\nshort`);
  test.each([
    ["is no array", ONE, "JWT_ISSUERS is wrong: all: "],
    ["is empty", [], "JWT_ISSUERS is wrong: all: "],
    ["has 17 of them", Array.from({ length: 17 }, () => ONE), "at most 16 issuers"],
    ["has one twice", [ONE, ONE], "JWT_ISSUERS: https://a.example is there twice"],
    ["has a word that is none", [{ ...ONE, audiance: "chat" }], "audiance"],
    ["has no audience", [ONE, { ...TWO, audience: [] }], "JWT_ISSUERS is wrong: 1.audience: "],
    ["has a line end in a name", [{ ...ONE, issuer: "a\nb" }], "0.issuer: text without control"],
    ["has no algorithm", [{ ...ONE, algorithms: [] }], "0.algorithms: "],
    ["has no signature", [{ ...ONE, algorithms: ["none"] }], "0.algorithms: HS256, RS256"],
    ["has neither kind of key", [{ ...ONE, jwksUrl: undefined }], "0: either jwksUrl or secret"],
    ["has both kinds of key", [{ ...ONE, secretFile }], "0: either jwksUrl or secretFile"],
    ["takes a secret for keys", [{ ...ONE, algorithms: ["HS256"] }], "HS256 does not go with"],
    ["takes keys for a secret", [{ ...TWO, algorithms: ["ES256"] }], "ES256 does not go with"],
    ["has keys that are a file", [{ ...ONE, jwksUrl: "file:///k" }], "0.jwksUrl: an http or"],
    ["has no such file", [{ ...TWO, secretFile: dir }], "0.secretFile: the file cannot be read"],
    ["has a short secret", [{ ...TWO, secretFile: short }], "0.secretFile: at least 32 characters"],
  ])("[O5] is refused in one sentence when it %s", (_, issuers, sentence) => {
    expect(() => read(issuers)).toThrow(sentence);
  });

  test("[O5] is refused when it is no JSON, or stands beside the settings of one", () => {
    expect(() => readConfig({ JWT_ISSUERS: "[{" })).toThrow("JWT_ISSUERS is no JSON");
    expect(() => read([ONE], { JWT_ISSUER: "a", JWT_TYP: "none" })).toThrow(
      "JWT_ISSUERS: not beside JWT_ISSUER, JWT_TYP",
    );
  });
});

describe("the settings of one issuer", () => {
  const jwt = { JWT_ISSUER: "i", JWT_AUDIENCE: "a", JWT_ALGORITHMS: "HS256" };

  test("[O5] are refused with keys of both kinds, and with an issuer of two lines", () => {
    const both = { ...jwt, JWT_SECRET: SECRET, JWT_JWKS_URL: "http://127.0.0.1:1/" };
    expect(() => readConfig(both)).toThrow("JWT_SECRET: not beside JWT_JWKS_URL");
    const lines = { ...jwt, JWT_ISSUER: "i\nj", JWT_SECRET: SECRET };
    expect(() => readConfig(lines)).toThrow("JWT_ISSUER: text without control characters");
  });

  test("take up to four secrets, one a line", () => {
    const text = (n: number) => Array.from({ length: n }, (_, i) => `${SECRET}${i}`).join("\n");
    expect(readConfig({ ...jwt, JWT_SECRET: text(4) }).issuers).toHaveLength(1);
    expect(() => readConfig({ ...jwt, JWT_SECRET: text(5) })).toThrow(
      "JWT_SECRET: at most 4 lines",
    );
  });
});
