import { describe, expect, test } from "vitest";
import { misspeltIn, readConfig } from "../../src/config/config.ts";
import { Given } from "../../src/config/settings.ts";

const found = (env: Record<string, string>): [string, string][] =>
  misspeltIn(env).map(({ name, meant }) => [name, meant]);

describe("a variable that looks like a setting", () => {
  test.each([
    ["SEND_BURST", "SENDS_BURST"],
    ["LOGLEVEL", "LOG_LEVEL"],
    ["NATS_URI", "NATS_URL"],
    ["DATA_DRI", "DATA_DIR"],
    ["NATS_PASWORD_FILE", "NATS_PASSWORD_FILE"],
    ["QUEUE_BYTES_FILE", "QUEUE_BYTES"],
    ["nats_url", "NATS_URL"],
    ["POSTHORN_DATA_DIR", "DATA_DIR"],
    ["POSTHORN_PORT", "PORT"],
    ["HEARTBEATS_MS", "HEARTBEAT_MS"],
  ])("is named: %s, for %s", (name, meant) => {
    expect(found({ [name]: "1" })).toEqual([[name, meant]]);
    expect(() => readConfig({ [name]: "1" })).not.toThrow();
  });

  test.each([
    ["JWT_ISUER", "JWT_ISSUER"],
    ["JWT_AUDIENCES", "JWT_AUDIENCE"],
    ["JWT_ALGORITHM", "JWT_ALGORITHMS"],
    ["JWT_JWKS_URI", "JWT_JWKS_URL"],
    ["JWT_ISSUER_FILE", "JWT_ISSUER"],
    ["ALLOWED_ORIGIN", "ALLOWED_ORIGINS"],
    ["TRUSTED_PROXY", "TRUSTED_PROXIES"],
    ["POSTHORN_JWT_ISSUER", "JWT_ISSUER"],
  ])("[O5] and says who may come in is refused: %s, for %s", (name, meant) => {
    const sentence = `unknown setting ${name}, did you mean ${meant}?`;
    expect(() => readConfig({ [name]: "1" })).toThrow(sentence);
  });

  test("[O5] is not refused, but named, where the setting is given, too", () => {
    const env = { ALLOWED_ORIGINS: "https://a.example", ALLOWED_ORIGIN: "https://b.example" };
    expect(() => readConfig(env)).not.toThrow();
    expect(found(env)).toEqual([["ALLOWED_ORIGIN", "ALLOWED_ORIGINS"]]);
    expect(() => readConfig({ ALLOWED_ORIGIN: "" })).not.toThrow();
  });

  test("[O5] is named with all others, and without its value", () => {
    const env = { JWT_ISUER: "pa55word", TRUSTED_PROXY: "pa55word" };
    expect(() => readConfig(env)).toThrow(
      "unknown setting JWT_ISUER, did you mean JWT_ISSUER?; " +
        "unknown setting TRUSTED_PROXY, did you mean TRUSTED_PROXIES?",
    );
  });
});

test("variables that others have are none of ours", () => {
  const others = [
    "HOSTNAME HOSTS POST PATH PWD HOME USER SHELL TERM LANG EDITOR DISPLAY OLDPWD MAIL LOGNAME",
    "NODE_ENV NODE_OPTIONS NODE_PATH npm_config_cache npm_package_version npm_lifecycle_event",
    "NATS_CONTEXT NATS_KEY NATS_CERT NATS_CA NATS_NKEY NATS_SERVICE_HOST NATS_PORT NATS_SERVER",
    "SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE GIT_SSL_CAINFO CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS",
    "NATS_PORT_4222_TCP NATS_PORT_4222_TCP_ADDR POSTHORN_SERVICE_HOST POSTHORN_SERVICE_PORT",
    "JWT_EXPIRES_IN JWT_PRIVATE_KEY JWT_PUBLIC_KEY JWT_COOKIE AUTH_URL AUTH_SECRET AUTHOR",
    "DATABASE_URL REDIS_URL WEB_CONCURRENCY WEB_PORT PORTS SYNC GOGC GOMAXPROCS CHROMIUM",
    "XDG_DATA_DIRS XDG_RUNTIME_DIR KUBERNETES_PORT SSH_CLIENT COLORTERM FORCE_COLOR LS_COLORS",
  ].flatMap((line) => line.split(" "));
  const env = Object.fromEntries(others.map((name) => [name, "x"]));
  expect(found({ ...env, POSTHORN_PORT: "tcp://10.0.0.1:8080" })).toEqual([]);
});

test("no setting looks like another one", () => {
  const all = Object.fromEntries(Object.keys(Given.shape).map((name) => [name, "x"]));
  expect(found(all)).toEqual([]);
});
