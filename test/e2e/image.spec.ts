import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort } from "../../scripts/dev/port.mjs";
import { startBroker, type Broker } from "../support/broker.ts";
import { readDockerfile, saidIn, variables, words, type Stage } from "../support/dockerfile.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/**
 * The image without Docker: every COPY is done into an empty folder, every RUN by hand, and what comes out is started with
 * the image's own settings, its own command, and its own health check.
 */
const TOP = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "image-"));
const [build, final] = readDockerfile(join(TOP, "docker/Dockerfile")) as [Stage, Stage];
const app = join(dir, "app");
const env: Record<string, string> = {
  PATH: process.env["PATH"] ?? "",
  ...Object.assign({}, ...saidIn(final, "ENV").map(variables)),
};

/** Does a COPY: from the checkout, or from the folder of an earlier stage. */
function copy(rest: string, into: string): void {
  const [, stage] = /^--from=(\w+) /.exec(rest) ?? [];
  const paths = rest.replace(/^--from=\w+ /, "").split(" ");
  const target = paths.pop() ?? "";
  for (const path of paths) {
    const from =
      stage === undefined ? join(TOP, path) : join(dir, stage, path.replace(/^\/app\//, ""));
    const isInto = target.endsWith("/");
    cpSync(from, join(into, target, isInto ? (path.split("/").at(-1) ?? "") : ""), {
      recursive: true,
    });
  }
}

/** Packages that `npm ci` and `npm prune --omit=dev` leave, by the lock file. */
const packages = (): string[] => {
  const lock = JSON.parse(readFileSync(join(TOP, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== "" && dev !== true && existsSync(join(TOP, path)))
    .map(([path]) => path);
};

/** The steps of the RUNs, done by hand; one that is not known here has to be thought about. */
const RUNS: Readonly<Record<string, (folder: string) => unknown>> = {
  "npm ci": (folder) => symlinkSync(join(TOP, "node_modules"), join(folder, "node_modules")),
  "npm run build": (folder) => run("npm", ["run", "build"], { cwd: folder }),
  "chmod 755 dist/cli.js": (folder) => run("chmod", ["755", "dist/cli.js"], { cwd: folder }),
  "npm prune --omit=dev": (folder) => {
    rmSync(join(folder, "node_modules"));
    for (const path of packages()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      cpSync(join(TOP, path), join(folder, path), { recursive: true });
    }
  },
  "install -d -o node -g node -m 700 /data /backup": () => mkdirSync(join(dir, "data")),
  "ln -s /app/dist/cli.js /usr/local/bin/posthorn": () => {
    mkdirSync(join(dir, "bin"));
    symlinkSync(join(app, "dist/cli.js"), join(dir, "bin/posthorn"));
  },
};

async function make(stage: Stage, folder: string): Promise<void> {
  mkdirSync(folder);
  for (const { name, rest } of stage.instructions) {
    if (name === "COPY") copy(rest, folder);
    for (const step of name === "RUN" ? rest.split(" && ") : []) {
      const known = RUNS[step];
      if (known === undefined) throw new Error(`nobody knows here what this does: RUN ${step}`);
      await known(folder);
    }
  }
}

let broker: Broker;
let child: ChildProcess | undefined;
let said = "";

/** The files of the container, which is read-only but for its volumes. */
const shipped = (): string[] =>
  readdirSync(app, { recursive: true, encoding: "utf8" }).toSorted((a, b) => (a < b ? -1 : 1));

/** A command in the container, with what `docker compose` gives it. */
const inside = (command: readonly string[], more: Record<string, string> = {}) =>
  run(command[0] ?? "", command.slice(1), { cwd: app, env: { ...env, ...more } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );

/** The container's own command, with what `docker compose` gives it. */
function start(more: Record<string, string> = {}): ChildProcess {
  const [node = "", ...args] = words(saidIn(final, "CMD")[0] ?? "");
  const started = spawn(node, args, {
    cwd: app,
    env: { ...env, ...more },
    stdio: ["ignore", "ignore", "pipe"],
  });
  started.stderr.on("data", (chunk) => (said += String(chunk)));
  return started;
}

beforeAll(async () => {
  broker = await startBroker();
  await make(build, join(dir, build.name ?? ""));
  await make(final, app);
  Object.assign(env, {
    DATA_DIR: join(dir, "data"),
    // There is no other place to write to.
    TMPDIR: join(dir, "nowhere"),
    HOME: join(dir, "nowhere"),
    HOST: "127.0.0.1",
    PORT: `${await freePort()}`,
    NATS_URL: broker.url,
    JWT_ISSUER: "https://id.example",
    JWT_AUDIENCE: "chat",
    JWT_ALGORITHMS: "HS256",
    JWT_SECRET: "0123456789abcdef0123456789abcdef",
  });
}, 300_000);
afterAll(async () => {
  child?.kill("SIGKILL");
  await broker.stop();
  rmSync(dir, { recursive: true, force: true });
});

const healthcheck = (): string[] => words(saidIn(final, "HEALTHCHECK")[0] ?? "");

describe("what the Dockerfile makes", () => {
  test("has the program, the page, and no tool of developers", () => {
    for (const file of [
      "dist/main.js",
      "dist/cli.js",
      "dist/host/worker.js",
      "dist/web/index.html",
    ])
      expect(existsSync(join(app, file)), file).toBe(true);
    for (const file of ["src", "scripts", "node_modules/vitest", "node_modules/typescript"])
      expect(existsSync(join(app, file)), file).toBe(false);
  });

  test("does not start without an issuer, since it can be reached from outside", async () => {
    const more = { JWT_ISSUER: "", JWT_SECRET: "" };
    const { code, stderr } = await inside(words(saidIn(final, "CMD")[0] ?? ""), more);
    expect([code, stderr]).toEqual([1, expect.stringContaining("JWT_ISSUER")]);
  });

  test("is not healthy while nothing runs", async () => {
    expect((await inside(healthcheck())).code).toBe(1);
  });

  test("starts with its own command, is healthy, serves the page, drains, and writes nothing but its data", async () => {
    const before = shipped();
    child = start();
    await vi.waitFor(async () => expect((await inside(healthcheck())).code).toBe(0), PATIENCE_MS);
    const url = `http://127.0.0.1:${env["PORT"]}`;
    await vi.waitFor(
      async () => expect((await fetch(`${url}/readyz`)).status).toBe(200),
      PATIENCE_MS,
    );
    expect(await (await fetch(url)).text()).toContain("<!doctype html>");
    child.kill("SIGTERM");
    // All that it has said is read by then.
    expect((await once(child, "close"))[0]).toBe(0);
    expect(said).toContain('"msg":"stopped"');
    expect(shipped()).toEqual(before);
    expect(existsSync(join(dir, "nowhere"))).toBe(false);
    expect(readdirSync(join(dir, "data")).length).toBeGreaterThan(0);
  });

  test("is healthy without a gateway where ADMIN_PORT says how it is", async () => {
    // An address of its own, as in a container with several networks.
    const more = {
      POSTHORN_ROLES: "actors",
      ADMIN_HOST: "127.0.0.2",
      ADMIN_PORT: `${await freePort()}`,
    };
    child = start(more);
    await vi.waitFor(
      async () => expect((await inside(healthcheck(), more)).code).toBe(0),
      PATIENCE_MS,
    );
    child.kill("SIGTERM");
    expect((await once(child, "close"))[0]).toBe(0);
  });

  test("has the program of operators on its path, which says what it can do and exits right", async () => {
    accessSync(join(app, "dist/cli.js"), constants.X_OK);
    const posthorn = join(dir, "bin/posthorn");
    const { version } = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8")) as {
      version: string;
    };
    expect(await inside([posthorn, "--version"])).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
    });
    const help = await inside([posthorn, "--help"]);
    expect([help.code, help.stdout]).toEqual([0, expect.stringMatching(/^posthorn COMMAND/)]);
    expect(await inside(["node", "dist/cli.js"])).toMatchObject({ code: 2, stdout: "" });
    expect((await inside([posthorn, "nonsense"])).code).toBe(2);
    const verified = await inside([posthorn, "views", "verify"]);
    expect([verified.code, verified.stderr]).toEqual([0, ""]);
  });
});
