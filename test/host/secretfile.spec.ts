import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import type { Identity } from "../../src/gateway/ports.ts";
import { identities } from "../../src/host/identity.ts";
import { Scope } from "../../src/host/scope.ts";
import { asOfNow } from "../../src/host/secretfile.ts";
import { folder } from "../support/folder.ts";
import { AUDIENCE, claims, ISSUER, token } from "../support/issuer.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";

const [ONE, TWO] = ["1".repeat(32), "2".repeat(32)];

let dir: string;
let file: string;
let scope: Scope;
let said: string;
beforeEach(() => {
  dir = folder();
  file = join(dir, "secret");
  scope = new Scope(silent);
  said = "";
});
afterEach(() => scope.stop());

/** Puts another file in its place, whole: one that is being written is read as it is at that moment. */
function replace(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const log = () => pino({ level: "info" }, { write: (line: string) => (said += line) });
const signed = (secret: string): Promise<string> =>
  token({ alg: "HS256" }, claims(), new TextEncoder().encode(secret));

/** A judge of tokens signed by the secrets of a file. */
async function judge(): Promise<(secret: string) => Promise<Identity | undefined>> {
  const settings = readConfig({
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    JWT_ALGORITHMS: "HS256",
    JWT_SECRET_FILE: file,
  });
  const { verify } = await identities(settings, scope, log());
  return async (secret) => verify(await signed(secret));
}

describe("a secret of an issuer", () => {
  test("changes hands without a restart: both are accepted, then the new one alone", async () => {
    writeFileSync(file, `${ONE}\n`);
    const verify = await judge();
    expect(await verify(ONE)).toBeDefined();
    expect(await verify(TWO)).toBeUndefined();
    writeFileSync(file, `${ONE}\n${TWO}\n`);
    await vi.waitUntil(() => verify(TWO), PATIENCE);
    expect(await verify(ONE)).toBeDefined();
    writeFileSync(file, `${TWO}\n`);
    await vi.waitUntil(async () => (await verify(ONE)) === undefined, PATIENCE);
    expect(await verify(TWO)).toBeDefined();
    expect(said).not.toMatch(/1{8}|2{8}/);
  });

  test("may be a link that is set to another file, as Kubernetes does", async () => {
    for (const [name, secret] of [
      ["v1", ONE],
      ["v2", TWO],
    ] as const) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, "secret"), secret);
    }
    symlinkSync("v1", join(dir, "now"));
    file = join(dir, "now", "secret");
    const verify = await judge();
    expect(await verify(ONE)).toBeDefined();
    unlinkSync(join(dir, "now"));
    symlinkSync("v2", join(dir, "now"));
    await vi.waitUntil(() => verify(TWO), PATIENCE);
  });

  test.each([
    ["is empty", "", "at least 32 characters"],
    ["is too short", `${TWO}\nshort`, "at least 32 characters"],
    ["has too many lines", `${TWO}\n`.repeat(5), "at most 4 lines"],
    ["is too long", TWO.repeat(3_000), "more than 65536 bytes"],
    ["is gone", undefined, "ENOENT"],
  ])("stays in use while its file %s, and the log says so once", async (_, text, reason) => {
    writeFileSync(file, ONE);
    const verify = await judge();
    if (text === undefined) rmSync(file);
    else replace(text);
    await vi.waitUntil(() => said.includes(reason), PATIENCE);
    expect(await verify(ONE)).toBeDefined();
    replace(TWO);
    await vi.waitUntil(() => verify(TWO), PATIENCE);
    expect(said.split("secret not read again")).toHaveLength(2);
    expect(said.split(`"file":"${file}"`)).toHaveLength(3);
    expect(said).not.toMatch(/1{8}|2{8}/);
  });
});

test("a secret that is asked for seldom is read at that moment, or is the one before", () => {
  writeFileSync(file, " one\n");
  const secret = asOfNow({ text: "one", file }, log());
  expect(secret()).toBe("one");
  writeFileSync(file, "two\n");
  expect(secret()).toBe("two");
  writeFileSync(file, "\n");
  expect(secret()).toBe("two");
  expect(secret()).toBe("two");
  expect(said.split(`"file":"${file}","reason":"empty"`)).toHaveLength(2);
  rmSync(file);
  expect(secret()).toBe("two");
  expect(said).toContain("ENOENT");
  mkdirSync(file);
  expect(secret()).toBe("two");
  expect(said).toContain("no plain file");
  expect(asOfNow({ text: "given" }, silent)()).toBe("given");
  expect(asOfNow(undefined, silent)()).toBeUndefined();
});
