import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserId } from "../../src/events/ids.ts";
import { hashedId, isHashed, userOf } from "../../src/gateway/auth/userid.ts";
import { ISSUER } from "../support/issuer.ts";

const bySub = (value: unknown): string => userOf(ISSUER, "sub", value, "sub");
const byHash = (value: unknown): string => userOf(ISSUER, "email", value, "hash");

describe("a claim that is the user id", () => {
  test("is taken as it is", () => {
    for (const id of ["ann", "A_-9", "x".repeat(64), "7d6f9a0c-0d0e-4c8c-9b39-d2f0a6a1c111"])
      expect(bySub(id)).toBe(id);
  });

  test.each([
    [undefined, "claim sub is a undefined, not a string"],
    [null, "claim sub is null, not a string"],
    [["ann"], "claim sub is an array, not a string"],
    [7, "claim sub is a number, not a string"],
    [{}, "claim sub is a object, not a string"],
    ["", "claim sub is empty"],
    ["auth0|5f7c8ec7c33c6c004bbafe82", "claim sub is no user id: set JWT_USER_ID=hash"],
    ["x".repeat(10_000), "claim sub is no user id: set JWT_USER_ID=hash"],
    ["g-team", "claim sub is no user id: set JWT_USER_ID=hash"],
  ])("is refused with the rule when it is %j", (value, rule) => {
    expect(() => bySub(value)).toThrow(rule);
  });

  test("is refused when it is an id that a hash may have, and no other that begins like one", () => {
    const taken = hashedId(ISSUER, "ann@example.org");
    expect(() => bySub(taken)).toThrow("claim sub is an id kept for JWT_USER_ID=hash");
    for (const id of ["u-ann", taken.slice(0, -1), `${taken}x`, taken.toUpperCase()])
      expect(bySub(id)).toBe(id);
  });
});

describe("a claim that an id is made of", () => {
  test("gives the id that docs/adr/0029 says, whatever text it is", () => {
    for (const claim of ["auth0|5f7c", "ann@example.org", "ann", "é\n ", "x".repeat(6_000)]) {
      const digest = createHash("sha256").update(`${ISSUER}\n${claim}`).digest("base64url");
      expect(byHash(claim)).toBe(`u-${digest.slice(0, 22)}`);
    }
  });

  test("gives every user such an id, also one whose claim is an id, or another's hash", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (claim) => {
        const id = byHash(claim);
        expect(isHashed(id) && UserId.safeParse(id).success).toBe(true);
        expect(byHash(id)).not.toBe(id);
      }),
    );
  });

  test("is of its issuer alone", () => {
    const of = (issuer: string) => userOf(issuer, "sub", "ann", "hash");
    expect(of("https://a.example")).not.toBe(of("https://b.example"));
    expect(of("https://a.example")).not.toBe(of("https://a.example/"));
  });

  test("is refused with the rule when two people could share it, or nobody has it", () => {
    expect(() => byHash("\ud800")).toThrow("claim email is no Unicode text");
    expect(() => byHash("")).toThrow("claim email is empty");
    expect(() => byHash(["ann"])).toThrow("claim email is an array, not a string");
    expect(() => byHash(true)).toThrow("claim email is a boolean, not a string");
  });
});

describe("the lines of docs/operations.md for an app's own backend", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
  const block = (language: string, has: string): string =>
    [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].find(
      ([, is, text]) => is === language && text?.includes(has),
    )?.[2] ?? "";
  const claims = ["auth0|5f7c8ec7c33c6c004bbafe82", "é'\"$`\\ %s", "x".repeat(6_000)];

  test("in Node give the same ids", () => {
    const program = `import { createHash } from "node:crypto";
      ${block("js", "createHash")}
      process.stdout.write(id(process.argv[1], process.argv[2]));`;
    for (const claim of claims) {
      const args = ["--input-type=module", "-e", program, ISSUER, claim];
      expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toBe(
        hashedId(ISSUER, claim),
      );
    }
  });

  test("in a shell give the same ids", () => {
    const script = `${block("sh", "openssl dgst")}\nid "$1" "$2"`;
    for (const claim of claims) {
      const said = execFileSync("sh", ["-c", script, "sh", ISSUER, claim], { encoding: "utf8" });
      expect(said).toBe(hashedId(ISSUER, claim));
    }
  });
});
