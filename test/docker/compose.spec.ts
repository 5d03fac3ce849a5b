import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Given } from "../../src/config/settings.ts";
import {
  composeOf,
  DOCKER,
  faultsOf,
  newSecrets,
  settingsOf,
  textOf,
  VARIABLE,
} from "./composed.ts";

const TOP = join(import.meta.dirname, "../..");
const text = textOf("compose.yaml");
const compose = composeOf("compose.yaml");

/** The settings of a service. */
const settingsFor = (service: string, given: Record<string, string>, dir: string) =>
  settingsOf(compose.services[service]!, given, dir);

const GIVEN = {
  JWT_ISSUER: "https://id.example",
  JWT_AUDIENCE: "chat",
  ALLOWED_ORIGINS: "https://chat.example",
};

/** Settings that Compose does not hand on, by the reason for it. */
const NOT_HANDED_ON: Readonly<Record<string, string>> = {
  POSTHORN_ROLES: "there is one process, with all of them",
  DEV_SECRET: "the image says AUTH=jwt",
  HOST: "the image says it",
  PORT: "the image says it; PORT of Compose is the one of this machine",
  DATA_DIR: "a volume",
  NATS_STORE_DIR: "the store is another container's",
  NATS_TOKEN: "there is a user with a password",
  NATS_CREDS: "there is a user with a password",
  NATS_TLS_CA: "the broker is in a network of this machine, with nobody else",
  NATS_TLS_CERT: "as NATS_TLS_CA",
  NATS_TLS_KEY: "as NATS_TLS_CA",
  TLS_CERT: "the proxy on this machine speaks HTTPS",
  TLS_KEY: "as TLS_CERT",
  REPLICAS: "there is one nats-server",
  JWT_ISSUERS: "it stands in place of JWT_ISSUER, which is asked for here",
};

describe("compose.yaml", () => {
  test("follows the Compose schema", () => {
    // The schema is from before projects could be named in the file.
    const { name, ...older } = compose;
    expect(name).toBe("posthorn");
    expect(faultsOf(older)).toBeUndefined();
    const wrong = { services: { nats: { image: "nats", imagine: true } } };
    expect(faultsOf(wrong)?.[0]?.code).toBe("unrecognized_keys");
  });

  test("gives Posthorn settings it accepts", () => {
    const settings = settingsFor("posthorn", GIVEN, newSecrets());
    expect(settings).toMatchObject({
      AUTH: "jwt",
      NATS_USER: "posthorn",
      JWT_ISSUER: GIVEN.JWT_ISSUER,
      JWT_AUDIENCE: [GIVEN.JWT_AUDIENCE],
      ALLOWED_ORIGINS: [GIVEN.ALLOWED_ORIGINS],
      LOG_LEVEL: "info",
      ADMIN_PORT: 9464,
    });
    expect(settings.JWT_SECRET).toMatch(/^[0-9a-f]{64}$/);
  });

  test("takes an issuer's keys in place of the secret, a log level, and limits", () => {
    const keys = "https://id.example/jwks.json";
    const jwks = { JWT_JWKS_URL: keys, JWT_SECRET_FILE: "", JWT_ALGORITHMS: "RS256" };
    const limits = { LOG_LEVEL: "debug", SENDS_PER_SECOND: "7", QUEUE_BYTES: "524288" };
    const settings = settingsFor("posthorn", { ...GIVEN, ...jwks, ...limits }, newSecrets());
    expect(settings).toMatchObject({
      JWT_JWKS_URL: keys,
      JWT_ALGORITHMS: ["RS256"],
      LOG_LEVEL: "debug",
      SENDS_PER_SECOND: 7,
      QUEUE_BYTES: 524_288,
    });
    expect(settings.JWT_SECRET).toBeUndefined();
  });

  test("hands every setting on under its own name, but those with a reason, and nothing that is none", () => {
    const environment = compose.services["posthorn"]?.environment ?? {};
    const handed = Object.keys(environment).map((name) => name.replace(/_FILE$/, ""));
    const expected = Object.keys(Given.shape).filter((name) => !(name in NOT_HANDED_ON));
    expect(handed.toSorted()).toEqual(expected.toSorted());
    const renamed = Object.entries(environment).flatMap(([name, value]) =>
      [...`${value}`.matchAll(VARIABLE)].filter(([, from]) => from !== name).map(() => name),
    );
    expect(renamed).toEqual([]);
  });

  test("has a container for an administrator's commands, which runs only when somebody wants one", () => {
    const { profiles, ports, entrypoint } = compose.services["admin"] ?? {};
    expect([profiles, ports, entrypoint]).toEqual([["admin"], undefined, ["posthorn"]]);
    const dir = newSecrets();
    const settings = settingsFor("admin", GIVEN, dir);
    expect(settings).toMatchObject({ NATS_USER: "admin", LOG_LEVEL: "error" });
    const passwords = readFileSync(join(dir, "passwords.conf"), "utf8");
    expect(passwords).toContain(`ADMIN_PASSWORD: "${settings.NATS_PASSWORD}"`);
    // The process that serves people has no administrator's rights, not even in a file.
    expect(compose.services["posthorn"]?.secrets).not.toContain("admin-password");
  });

  test.each(["JWT_ISSUER", "JWT_AUDIENCE", "ALLOWED_ORIGINS"])(
    "does not start without %s",
    (name) => {
      expect(text).toMatch(new RegExp(`\\$\\{${name}:\\?.+\\}`));
    },
  );

  test("has no password in it: secrets are files that secrets.sh makes, anew for everybody", () => {
    const [one = "", other = ""] = [1, 2].map(() =>
      mkdtempSync(join(tmpdir(), "posthorn-secrets-")),
    );
    for (const dir of [one, other]) execFileSync("sh", [join(DOCKER, "secrets.sh"), dir]);
    const read = (dir: string) =>
      readdirSync(dir).map((file) => readFileSync(join(dir, file), "utf8"));
    const before = read(one);
    for (const [i, secret] of read(other).entries()) expect(secret).not.toBe(before[i]);
    execFileSync("sh", [join(DOCKER, "secrets.sh"), one]);
    expect(read(one)).toEqual(before);
    const named = [
      ...[compose, composeOf("compose.cluster.yaml")].flatMap(({ secrets }) =>
        Object.values(secrets).map(({ file }) => file),
      ),
      ...Object.values(compose.services)
        .flatMap(({ volumes = [] }) => volumes)
        .flatMap((volume) => (typeof volume === "string" ? [] : [volume.source])),
    ].filter((file) => !/nats\.conf$|\/front\.pem$|\/tls\//.test(file));
    expect([...new Set(named.map((file) => file.replace("./secrets/", "")))].toSorted()).toEqual(
      readdirSync(one).toSorted(),
    );
    for (const dir of [one, other]) rmSync(dir, { recursive: true });
    expect(text).not.toMatch(/(PASSWORD|SECRET|TOKEN): /);
  });

  test("opens the ports of clients and of the numbers, on loopback, and pins its images", () => {
    const ports = Object.values(compose.services).flatMap(({ ports: own = [] }) => own);
    expect(ports).toEqual(["127.0.0.1:${PORT:-8080}:8080", "127.0.0.1:${ADMIN_PORT:-9464}:9464"]);
    expect(compose.services["nats"]?.image).toMatch(/^nats:\d+\.\d+\.\d+-alpine$/);
  });
});

describe("the Dockerfile", () => {
  const lines = readFileSync(join(DOCKER, "Dockerfile"), "utf8").split("\n");
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM")));

  test("copies only what there is and what .dockerignore lets through", () => {
    const allowed = readFileSync(join(TOP, ".dockerignore"), "utf8");
    const copied = lines
      .filter((line) => line.startsWith("COPY") && !line.includes("--from"))
      .flatMap((line) => line.split(" ").slice(1, -1));
    for (const source of copied) {
      expect(existsSync(join(TOP, source)), source).toBe(true);
      expect(allowed).toContain(`\n!${source.replace("./", "")}\n`);
    }
  });

  test("runs the program as an ordinary user, and asks it whether it lives, not whether it is ready", () => {
    expect(final).toContain("USER node");
    expect(final.at(-2)).toBe('CMD ["node", "dist/main.js"]');
    expect(final.join("\n")).toMatch(/HEALTHCHECK .*\n.*\/livez/);
  });
});
