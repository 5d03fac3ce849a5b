// npm run first: how long it takes from `npm install` of the package to the first message, as docs/client.md tells it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "./server.mjs";

const TOP = join(import.meta.dirname, "..");
/** The message that the guide's program shows. */
const SHOWN = "alice: Hello from Node!\n";
/** Network included; nobody waits longer for a package. */
const INSTALL_MS = 300_000;
const MESSAGE_MS = 30_000;

const guide = readFileSync(join(TOP, "docs/client.md"), "utf8");
const program = /`hello\.mjs`:\n\n```js\n([^]*?)```/.exec(guide)?.[1];
if (program === undefined) throw new Error("docs/client.md has no hello.mjs");

const folder = mkdtempSync(join(tmpdir(), "posthorn-first-"));
const cwd = mkdtempSync(join(folder, "app-"));
const npm = (/** @type {string[]} */ ...args) =>
  execFileSync("npm", [...args, "--no-audit", "--no-fund"], {
    cwd,
    // A cache of its own: as on a machine that has never installed it.
    env: { ...process.env, npm_config_cache: join(folder, "cache") },
    stdio: ["ignore", "ignore", "inherit"],
    timeout: INSTALL_MS,
  });
const { signal } = new AbortController();
try {
  execFileSync(process.execPath, [join(TOP, "scripts/pack.mjs"), folder], { stdio: "ignore" });
  const packed = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  const script = join(TOP, "scripts/start.mjs");
  const env = { ALLOWED_ORIGINS: "none" };
  const server = await startServer({
    name: "first",
    script,
    args: [],
    env,
    shipped: true,
    profile: false,
    laps: false,
    signal,
  });
  try {
    npm("init", "-y");
    writeFileSync(join(cwd, "hello.mjs"), program);
    const began = performance.now();
    npm("install", join(folder, packed), "ws");
    const installed = performance.now();
    const child = spawn(process.execPath, ["hello.mjs"], {
      cwd,
      env: { ...process.env, POSTHORN: server.url },
      stdio: ["ignore", "pipe", "inherit"],
      timeout: MESSAGE_MS,
    });
    const [shown] = await once(child.stdout, "data");
    const ended = performance.now();
    if (String(shown) !== SHOWN) throw new Error(`it says ${String(shown)}`);
    const seconds = (/** @type {number} */ ms) => `${(ms / 1_000).toFixed(2)} s`;
    process.stdout.write(
      `npm install, with an empty cache: ${seconds(installed - began)}\n` +
        `node hello.mjs, to the first message: ${seconds(ended - installed)}\n` +
        `both: ${seconds(ended - began)}\n`,
    );
  } finally {
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
