import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binary } from "../../scripts/broker/binary.mjs";
import { dockerConfs } from "../../scripts/cluster/docker.mjs";
import { brokersIn, rolesIn } from "../../scripts/cluster/layout.mjs";
import { USUAL } from "../../scripts/cluster/options.mjs";
import { onPath } from "../../scripts/run.mjs";
import { ofOtherRoles } from "../../src/config/meanings.ts";
import { Given } from "../../src/config/settings.ts";
import { ROLES as KINDS, type Role } from "../../src/config/roles.ts";
import { folder } from "../support/folder.ts";
import {
  composeOf,
  DOCKER,
  faultsOf,
  filled,
  settingsOf,
  textOf,
  VARIABLE,
  type Service,
} from "./composed.ts";

const FILE = "compose.cluster.yaml";
const compose = composeOf(FILE);
const { services } = compose;
const BROKERS = brokersIn(USUAL);
const ROLES = rolesIn(USUAL);
const ROLE_SERVICES = Object.values(ROLES).flat();
const NAMES = [...BROKERS, ...ROLES.gateway];

const GIVEN = {
  JWT_ISSUER: "https://id.example",
  JWT_AUDIENCE: "chat",
  ALLOWED_ORIGINS: "https://chat.example",
};
const TLS = { ...GIVEN, TLS: "on" };

/** Settings that are not handed on, by the reason for it. */
const NOT_HANDED_ON: Readonly<Record<string, string>> = {
  DEV_SECRET: "the image says AUTH=jwt",
  HOST: "the image says it",
  PORT: "the image says it",
  DATA_DIR: "a volume",
  NATS_STORE_DIR: "the store is another container's",
  NATS_TOKEN: "there is a user with a password",
  NATS_CREDS: "there is a user with a password",
  NATS_TLS_CERT: "there is a user with a password",
  NATS_TLS_KEY: "there is a user with a password",
  JWT_ISSUERS: "it stands in place of JWT_ISSUER, which is asked for here",
};

/** The settings that a role uses. */
function usedBy(role: Role): string[] {
  const all = Object.keys(Given.shape);
  const every = Object.fromEntries(all.map((name) => [name, "x"]));
  const others = new Set(ofOtherRoles(every, new Set([role])));
  return all.filter((name) => !others.has(name));
}

/** A folder with all secrets and certificates of a new installation. */
let made = "";
beforeAll(() => {
  made = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "secrets-"));
  execFileSync("sh", [join(DOCKER, "secrets.sh"), made]);
  execFileSync("sh", [join(DOCKER, "certificates.sh"), join(made, "tls"), ...NAMES]);
  const own = ["pem", "key"].map((kind) => readFileSync(join(made, "tls", `gateway-1.${kind}`)));
  writeFileSync(join(made, "front.pem"), own.join(""));
});
afterAll(() => rmSync(made, { recursive: true }));

/** The files of a container, in a folder that stands for its /run/secrets. */
function filesOf({ secrets = [] }: Service): string {
  const dir = folder();
  for (const secret of secrets) {
    const { source, target = source } = typeof secret === "string" ? { source: secret } : secret;
    const { file = "" } = compose.secrets[source] ?? {};
    copyFileSync(join(made, file.replace("./secrets/", "")), join(dir, target));
  }
  return dir;
}

const service = (name: string): Service => services[name]!;

describe("compose.cluster.yaml", () => {
  test("follows the Compose schema, and has the processes of npm run cluster", () => {
    const { name, ...older } = compose;
    expect([name, faultsOf(older)]).toEqual(["posthorn-cluster", undefined]);
    const processes = Object.keys(services).filter(
      (each) => !["init", "admin", "front"].includes(each),
    );
    expect(processes.toSorted()).toEqual([...BROKERS, ...ROLE_SERVICES].toSorted());
  });

  test.each([GIVEN, TLS])(
    "gives each process settings that it accepts, and its own password alone",
    (given) => {
      for (const name of [...ROLE_SERVICES, "init", "admin"]) {
        const user = /^(?:init|admin)$/.test(name) ? "admin" : name.replace(/-\d$/, "");
        const settings = settingsOf(service(name), given, filesOf(service(name)));
        expect(settings).toMatchObject({ NATS_USER: user, REPLICAS: 3, PARTITIONS: 16 });
        expect(settings.NATS_PASSWORD).toMatch(/^[0-9a-f]{64}$/);
        expect(Boolean(settings.NATS_TLS_CA)).toBe("TLS" in given);
        expect(Boolean(settings.TLS_KEY)).toBe("TLS" in given && user === "gateway");
        const monitors = settings.NATS_MONITOR_URL.map((url) => new URL(url).protocol);
        const asks = ["gateway", "actors"].includes(user) || name === "admin";
        expect(new Set(monitors)).toEqual(
          new Set(asks ? ["TLS" in given ? "https:" : "http:"] : []),
        );
        if (KINDS.some((role) => role === user))
          expect([...settings.POSTHORN_ROLES]).toEqual([user]);
        const passwords = (service(name).secrets ?? []).filter((each) =>
          JSON.stringify(each).includes("password"),
        );
        expect(passwords).toEqual([`${user}-password`]);
      }
    },
  );

  test.each(KINDS)(
    "hands to %s every setting that it uses under its own name, but those with a reason",
    (role) => {
      const { environment = {} } = service(`${role}-1`);
      const handed = Object.keys(environment).map((name) => name.replace(/_FILE$/, ""));
      const expected = usedBy(role).filter((name) => !(name in NOT_HANDED_ON));
      expect(handed.toSorted()).toEqual(expected.toSorted());
      const renamed = Object.entries(environment).flatMap(([name, value]) =>
        [...`${value}`.matchAll(VARIABLE)]
          .map(([, from = ""]) => from)
          .filter((from) => ![name, "TLS", "EDGE_SUBNET"].includes(from)),
      );
      expect(renamed).toEqual([]);
    },
  );

  test("does not start without the settings of an issuer, nor has it a password in it", () => {
    for (const name of ["JWT_ISSUER", "JWT_AUDIENCE", "ALLOWED_ORIGINS"]) {
      const { [name as keyof typeof GIVEN]: _, ...others } = GIVEN;
      expect(() => settingsOf(service("gateway-1"), others, filesOf(service("gateway-1")))).toThrow(
        `${name} is missing`,
      );
    }
    expect(textOf(FILE)).not.toMatch(/(PASSWORD|SECRET|TOKEN): /);
  });

  test("asks each container how it is where that is said", () => {
    for (const given of [GIVEN, TLS]) {
      const at = (name: string): URL =>
        new URL(filled(service(name).healthcheck?.test?.at(-1) ?? "", given));
      const conf = confOf("nats", given);
      const word = "TLS" in given ? "https" : "http";
      for (const name of BROKERS) {
        expect(at(name).pathname).toBe("/healthz");
        expect(conf).toContain(`${at(name).protocol} "0.0.0.0:${at(name).port}"`);
        expect(at(name).protocol).toBe(`${word}:`);
      }
      const front = confOf("front", given);
      expect(front).toContain(`bind :${at("front").port}\n  monitor-uri ${at("front").pathname}\n`);
    }
    // The others by the image, at ADMIN_PORT.
    for (const name of ROLE_SERVICES)
      expect(service(name).environment).toMatchObject({ ADMIN_PORT: 9464 });
  });

  test("opens the ports of clients alone, keeps brokers off the edge, and pins its images", () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name, { ports }]) => [name, ports])).toEqual([
      ["front", ["${HTTP_PORT:-80}:8080", "${HTTPS_PORT:-443}:8443"]],
    ]);
    const onEdge = Object.entries(services).filter(([, { networks }]) => networks.includes("edge"));
    expect(onEdge.map(([name]) => name)).toEqual([...ROLES.gateway, "front"]);
    expect(compose.networks["broker"]).toEqual({ internal: true });
    const images = new Set(Object.values(services).map(({ image }) => image));
    expect(
      [...images].filter((image) => !/^(posthorn|\w+:\d+\.\d+\.\d+-alpine)$/.test(image)),
    ).toEqual([]);
    expect(images).toContain(composeOf("compose.yaml").services["nats"]?.image);
  });
});

/** The text of a configuration that a container has. */
const confOf = (config: string, given: Record<string, string>): string =>
  textOf(filled(compose.configs[config]?.file ?? "", given));

describe("the configurations of compose.cluster.yaml", () => {
  test("are made by the functions of npm run cluster, and are recorded (npm run record)", () => {
    for (const [file, text] of dockerConfs()) expect(readFileSync(file, "utf8")).toBe(text);
  });

  test.each([GIVEN, TLS])("are accepted by the real servers", async (given) => {
    const server = await binary();
    for (const name of BROKERS) {
      const [run, etc] = [filesOf(service(name)), folder()];
      mkdirSync(join(etc, "nats"));
      const text = confOf("nats", given)
        .replaceAll("../../run/secrets", "..")
        .replaceAll("/run/secrets", run)
        .replaceAll('"/data"', JSON.stringify(join(etc, "data")));
      copyFileSync(join(run, "passwords.conf"), join(etc, "passwords.conf"));
      const file = join(etc, "nats", "nats.conf");
      writeFileSync(file, text);
      const env = { SERVER_NAME: filled(service(name).environment?.["SERVER_NAME"] ?? "", {}) };
      expect(env.SERVER_NAME).toBe(name);
      // Its own address as the others' routes, and its certificate, have it.
      expect(text).toMatch(RegExp(`advertise: \\$SERVER_NAME,.*"nats://${name}:6222"`));
      execFileSync(server, ["-t", "-c", file], { env, stdio: "pipe" });
    }
    const haproxy = onPath("haproxy");
    if (haproxy === undefined) return;
    const run = filesOf(service("front"));
    const file = join(run, "haproxy.cfg");
    writeFileSync(file, confOf("front", given).replaceAll("/run/secrets", run));
    execFileSync(haproxy, ["-c", "-f", file], { stdio: "pipe" });
  });

  test("deny each role the checkpoints of every stream that it may not read", () => {
    const text = confOf("nats", GIVEN);
    for (const right of textOf("nats.conf").matchAll(/"([^"\n]*CHECKPOINT_)0([^"\n]*)"/g))
      for (let k = 0; k < 16; k++) expect(text).toContain(`"${right[1]}${k}${right[2]}"`);
  });
});
