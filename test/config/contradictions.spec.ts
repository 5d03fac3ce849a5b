import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { folder } from "../support/folder.ts";

const SECRET = "pa55word-pa55word-pa55word-pa55word";
const refusal = (env: Record<string, string>): string => {
  try {
    readConfig(env);
    return "none";
  } catch (error) {
    return String(error);
  }
};

describe("the file of a secret", () => {
  let dir: string;
  const file = (name: string) => join(dir, name);
  beforeEach(() => void (dir = folder()));

  test.each([
    ["is not there", () => undefined, "ENOENT"],
    ["is empty", () => writeFileSync(file("of"), ""), "empty"],
    ["has line ends alone", () => writeFileSync(file("of"), "\n \n"), "empty"],
    ["is too long", () => writeFileSync(file("of"), "x".repeat(64 * 1024 + 1)), "more than 65536"],
    ["is a folder", () => mkdirSync(file("of")), "no plain file"],
    ["is no file on a disk", () => symlinkSync("/dev/zero", file("of")), "no plain file"],
  ])("[O5] that %s is refused by the name of its setting", (_, make, why) => {
    make();
    for (const setting of ["NATS_PASSWORD", "JWT_SECRET", "NATS_TLS_CA"])
      expect(refusal({ [`${setting}_FILE`]: file("of") })).toContain(
        `${setting}_FILE: the file cannot be read (${why}`,
      );
  });

  test("[O5] is not beside the setting itself", () => {
    writeFileSync(file("secret"), SECRET);
    const env = { DEV_SECRET: SECRET, DEV_SECRET_FILE: file("secret") };
    expect(refusal(env)).toContain("settings are wrong: DEV_SECRET: not beside DEV_SECRET_FILE");
  });
});

describe("settings that contradict each other", () => {
  test.each([
    [{ NATS_PASSWORD: "x" }, "NATS_PASSWORD: not without NATS_USER"],
    [
      { NATS_USER: "u", NATS_PASSWORD: "x", NATS_TOKEN: "y" },
      "NATS_PASSWORD: not beside NATS_TOKEN",
    ],
    [{ NATS_TOKEN: "y", NATS_CREDS: "z" }, "NATS_TOKEN: not beside NATS_CREDS"],
    [{ NATS_USER: "u", NATS_TOKEN: "y" }, "none"],
    [{ NATS_USER: "u" }, "none"],
  ])("[O5] of a log-in at the broker are refused: %o", (env, said) => {
    expect(refusal(env)).toContain(said);
  });

  test.each(["JWT_AUDIENCE", "JWT_ALGORITHMS", "JWT_JWKS_URL", "JWT_SECRET", "JWT_TYP"])(
    "[O5] %s without an issuer lets nobody in by a development token, on loopback either",
    (name) => {
      const values = { JWT_ALGORITHMS: "RS256", JWT_JWKS_URL: "https://a.example/keys" };
      const env = { JWT_AUDIENCE: "a", JWT_SECRET: SECRET, JWT_TYP: "JWT", ...values };
      const value = env[name as keyof typeof env];
      expect(refusal({ [name]: value })).toContain("AUTH=jwt needs JWT_ISSUER");
      expect(readConfig({ AUTH: "dev", [name]: value }).AUTH).toBe("dev");
    },
  );
});

describe("an address", () => {
  test.each([
    ["NATS_URL", "nats://u:p@a:4222", "no user and password in it: they are NATS_USER and"],
    ["NATS_URL", "a:4222,", "servers, as in nats://host:4222"],
    ["NATS_URL", "http://a:4222", "servers, as in"],
    ["NATS_URL", "nats://a:99999", "servers, as in"],
    ["NATS_URL", "nats://a:4222/x", "servers, as in"],
    ["NATS_MONITOR_URL", "a:8222", "http or https URLs, as in http://host:8222"],
    ["NATS_MONITOR_URL", "http://a:8222,b", "http or https URLs"],
    ["ALLOWED_ORIGINS", "*", "origins as browsers say them"],
    ["ALLOWED_ORIGINS", "https://*.example.org", "origins as browsers say them"],
    ["ALLOWED_ORIGINS", "chat.example.org", "origins as browsers say them"],
    ["ALLOWED_ORIGINS", "https://chat.example.org/", "origins as browsers say them"],
    ["ALLOWED_ORIGINS", "https://chat.example.org:443", "origins as browsers say them"],
    ["ALLOWED_ORIGINS", "https://Chat.example.org", "origins as browsers say them"],
    ["WEB_DIR", "/nowhere", "no folder"],
    ["HOST", " ", "blank"],
    ["DATA_DIR", "\t", "blank"],
    ["AUTH", "DEV", "dev or jwt"],
    ["LOG_LEVEL", "warning", "fatal, error, warn, info, debug, trace, silent"],
  ])("[O5] %s=%s is refused before anything is touched", (name, value, rule) => {
    expect(refusal({ [name]: value })).toContain(`${name}: ${rule}`);
  });

  test.each([
    ["NATS_URL", "a, nats://[::1]:4222,tls://c_1:4222"],
    ["NATS_MONITOR_URL", "http://a:8222, https://b:8222/base/"],
    ["ALLOWED_ORIGINS", "https://a.example:8443, http://[::1]:8080"],
    ["ALLOWED_ORIGINS", "capacitor://localhost, null, none"],
  ])("%s=%s is none that is refused", (name, value) => {
    expect(refusal({ [name]: value })).toBe("none");
  });
});
