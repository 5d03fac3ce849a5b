import { chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { complain, isExecutable, onPath, reason, StartError, TOP } from "../run.mjs";
import { writable } from "../folder.mjs";
import { debian } from "./debian.mjs";
import { docker } from "./docker.mjs";
import { goInstall } from "./go.mjs";
import { release } from "./release.mjs";
import { MINIMUM, newEnough, versionOf } from "./version.mjs";

/** @typedef {import("./release.mjs").Source} Source */

/** Best first. @type {Source[]} */
const SOURCES = [release, docker, goInstall, debian];

/**
 * Path of a nats-server that is new enough; fetches one into `cache` when there is none.
 * @param {{ cache?: string, sources?: Source[], say?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<string>}
 * @throws {StartError} with everything that was tried and what to do.
 */
export async function binary({
  cache = join(TOP, ".posthorn", "bin"),
  sources = SOURCES,
  say = (line) => process.stderr.write(`${line}\n`),
  signal,
} = {}) {
  const named = process.env["NATS_SERVER"];
  if (named) return checked(named, "NATS_SERVER");
  const cached = join(cache, "nats-server");
  for (const path of [onPath("nats-server"), cached])
    if (path && isExecutable(path) && (await isNewEnough(path))) return path;
  await obtain(cached, writable(cache), { sources, say, signal });
  return cached;
}

/** @param {string} path @param {string} what */
async function checked(path, what) {
  const version = await versionOf(path).catch((error) => {
    throw new StartError(`${what} names no nats-server that runs: ${reason(error)}`);
  });
  if (newEnough(version)) return path;
  throw new StartError(`${what} is nats-server ${version}: at least ${MINIMUM} is needed`);
}

/** @param {string} path */
const isNewEnough = (path) => versionOf(path).then(newEnough, () => false);

/**
 * @param {string} target
 * @param {string} cache
 * @param {{ sources: Source[], say: (line: string) => void, signal: AbortSignal | undefined }} how
 */
async function obtain(target, cache, { sources, say, signal }) {
  const tried = [];
  for (const { name, boundMs, fetch } of sources) {
    signal?.throwIfAborted();
    say(`nats-server: ${name} …`);
    const dir = mkdtempSync(join(cache, "get-"));
    try {
      const bounds = [AbortSignal.timeout(boundMs), ...(signal ? [signal] : [])];
      const found = await fetch(dir, AbortSignal.any(bounds));
      await checked(found, "what came");
      // In the same folder, so that the rename is atomic: others see the whole file or none.
      const whole = join(dir, "whole");
      copyFileSync(found, whole);
      chmodSync(whole, 0o755);
      renameSync(whole, target);
      return;
    } catch (error) {
      say(`nats-server: not that way: ${reason(error)}`);
      tried.push(`  ${name}: ${reason(error)}`);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
  throw new StartError(
    `no nats-server ${MINIMUM} or newer here, and none could be fetched:\n${tried.join("\n")}\n` +
      "Install one and put it on PATH, or name it (NATS_SERVER=/path/to/nats-server),\n" +
      "or name a running one (NATS_URL=nats://host:4222).",
  );
}

if (import.meta.filename === process.argv[1])
  binary().then((path) => process.stdout.write(`${path}\n`), complain);
