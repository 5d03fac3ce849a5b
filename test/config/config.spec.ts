import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { limitsOf } from "../../src/config/limits.ts";
import { Given } from "../../src/config/settings.ts";
import { SAY_MS } from "../../src/roles/bystander.ts";
import { folder } from "../support/folder.ts";

/** 2^31 - 1: a timer of Node that is set to more fires at once. */
const TIMER_MS_MAX = 2_147_483_647;
const times = Object.keys(Given.shape).filter((name) => name.endsWith("_MS"));

describe("settings", () => {
  test.each(times)("%s is a time that a timer can keep", (name) => {
    // The other of a pair must not be what refuses it.
    const pair = { HTTP_REQUEST_MS: `${TIMER_MS_MAX}`, IDLE_MS: `${TIMER_MS_MAX}` };
    const [before, beyond] = [TIMER_MS_MAX, TIMER_MS_MAX + 1].map((ms) => ({
      ...pair,
      [name]: `${ms}`,
    }));
    expect(() => readConfig(before ?? {})).not.toThrow();
    expect(() => readConfig(beyond ?? {})).toThrow(`${name}: at most ${TIMER_MS_MAX}`);
    expect(() => readConfig({ ...pair, [name]: "0" })).toThrow(`${name}: at least 1`);
  });

  test.each([
    ["HTTP_HEADERS_MS", "HTTP_REQUEST_MS"],
    ["HEARTBEAT_MS", "IDLE_MS"],
  ])("%s is at most %s", (less, more) => {
    expect(() => readConfig({ [less]: "500", [more]: "500" })).not.toThrow();
    expect(() => readConfig({ [less]: "501", [more]: "500" })).toThrow(
      `settings are wrong: ${less}: at most ${more}`,
    );
  });

  test("members and sends of groups are limited as their settings say, 5,000 members at most", () => {
    const said = readConfig({ GROUP_MEMBERS_MAX: "5000", GROUP_SENDS_PER_SECOND: "7" });
    expect(limitsOf(said)).toMatchObject({ groupMembers: 5_000, groupSendsPerSecond: 7 });
    expect(() => readConfig({ GROUP_MEMBERS_MAX: "5001" })).toThrow("GROUP_MEMBERS_MAX");
  });

  test("CLUSTER_NAME is one token of ASCII, so that a slip of the pen is no other cluster", () => {
    expect(readConfig({}).CLUSTER_NAME).toBe("posthorn");
    expect(readConfig({ CLUSTER_NAME: "chat-eu_1" }).CLUSTER_NAME).toBe("chat-eu_1");
    for (const wrong of ["chat eu", "chat.eu", "ü", "a".repeat(65)])
      expect(() => readConfig({ CLUSTER_NAME: wrong })).toThrow("CLUSTER_NAME: 1 to 64 letters");
  });

  test("[L12] UPGRADE_SETTLE_MS is no shorter than five words of a process without actors take", () => {
    const settled = (ms: number) => readConfig({ UPGRADE_SETTLE_MS: `${ms}` }).UPGRADE_SETTLE_MS;
    expect(settled(5 * SAY_MS)).toBe(10_000);
    expect(() => settled(5 * SAY_MS - 1)).toThrow("UPGRADE_SETTLE_MS: at least 10000");
  });

  test("that are numbers are digits, of which a blank is none", () => {
    expect(readConfig({ PORT: " 80 ", ADMIN_PORT: "0" })).toMatchObject({
      PORT: 80,
      ADMIN_PORT: 0,
    });
    for (const name of ["PORT", "ADMIN_PORT", "PARTITIONS", "IDLE_MS"])
      for (const wrong of [" ", "\t", "0x10", "1e3", "+5", "1.5", "1_0", "5ms", "NaN", "Infinity"])
        expect(() => readConfig({ [name]: wrong })).toThrow(`${name}: a whole number`);
  });

  test("are all named at once when several are wrong", () => {
    const wrong = { PORT: "65536", PARTITIONS: "1025", REPLICAS: "6", QUEUE_BYTES: "262143" };
    expect(() => readConfig(wrong)).toThrow(
      "settings are wrong: PORT: at most 65535; PARTITIONS: at most 1024; REPLICAS: at most 5; " +
        "QUEUE_BYTES: at least 262144",
    );
  });

  test("are all named at once, whatever kind of fault each has", () => {
    const wrong = { PORT: "x", JWT_ISUER: "i", NATS_TOKEN_FILE: "/nowhere", POSTHORN_ROLES: "all" };
    expect(() => readConfig(wrong)).toThrow(
      "settings are wrong: unknown setting JWT_ISUER, did you mean JWT_ISSUER?; " +
        "NATS_TOKEN_FILE: the file cannot be read (ENOENT); " +
        'POSTHORN_ROLES: "all" is no role: one or more of gateway, actors, projections, separated by commas; ' +
        "PORT: a whole number",
    );
    const more = { HOST: "0.0.0.0", PORT: "x" };
    expect(() => readConfig(more)).toThrow("PORT: a whole number; AUTH=jwt needs JWT_ISSUER");
  });

  test("of identities are asked of a gateway only, and are judged all the same", () => {
    const env = { POSTHORN_ROLES: "actors, projections", AUTH: "jwt", HOST: "0.0.0.0" };
    expect(readConfig(env)).toMatchObject({ issuers: [] });
    expect([...readConfig(env).POSTHORN_ROLES]).toEqual(["actors", "projections"]);
    expect(() => readConfig({ ...env, JWT_SECRET: "short" })).toThrow("JWT_SECRET: at least");
    expect(() => readConfig({ ...env, POSTHORN_ROLES: "gateway" })).toThrow("AUTH=jwt needs");
  });

  test("[O5] that run everything where one role was meant are refused", () => {
    for (const POSTHORN_ROLES of ["", ",", "gateway,,actors", "gateways"])
      expect(() => readConfig({ POSTHORN_ROLES })).toThrow("POSTHORN_ROLES: ");
    expect(() => readConfig({ POSTHORN_ROLE: "gateway" })).toThrow(
      "unknown setting POSTHORN_ROLE, did you mean POSTHORN_ROLES?",
    );
  });

  test("that are lists take no empty items, and an empty value counts as absent", () => {
    expect(readConfig({ ALLOWED_ORIGINS: " https://a.example ,, none" })).toMatchObject({
      ALLOWED_ORIGINS: ["https://a.example", "none"],
    });
    expect(readConfig({ ALLOWED_ORIGINS: "", PORT: "" })).toEqual(readConfig({}));
  });

  test("of a file counts where the setting itself is empty, as compose hands on what is not set", () => {
    const file = join(folder(), "token");
    writeFileSync(file, "a token\n");
    const { NATS_TOKEN } = readConfig({ NATS_TOKEN: "", NATS_TOKEN_FILE: file });
    expect(NATS_TOKEN).toBe("a token");
  });

  test("accept no JWKS but over HTTP", () => {
    for (const JWT_JWKS_URL of ["file:///etc/passwd", "data:,x", "ftp://a.example/", "keys"])
      expect(() => readConfig({ JWT_JWKS_URL })).toThrow("JWT_JWKS_URL: an http or https URL");
  });
});
