// npm run test:watch -- <what vitest takes>: these specs, and again those that an edit concerns.
import "./node.mjs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { binary } from "./broker/binary.mjs";
import { prepare } from "./prepare.mjs";
import { complain, StartError, TOP } from "./run.mjs";
import { chosen, needsOf, specs, tierOf } from "./tiers.mjs";

const { signal } = new AbortController();
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** Specs of the built program are left out: an edit reaches them only through a build. @param {string[]} args */
async function watch(args) {
  const files = chosen(args, specs()).filter((file) => !tierOf(file).needs.includes("build"));
  if (files.length === 0)
    throw new StartError("specs of the built program cannot be watched: npm test runs them");
  await prepare({ signal, say, build: false });
  if (needsOf(files).has("nats-server")) process.env["NATS_SERVER"] = await binary({ say, signal });
  const vitest = join(TOP, "node_modules", ".bin", "vitest");
  const child = spawn(vitest, ["watch", "--project=rules", ...args], {
    cwd: TOP,
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 0;
}

watch(process.argv.slice(2)).catch(complain);
