import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { holdWhenFree } from "./lock.mjs";
import { reason, run, StartError, TOP } from "./run.mjs";

const OWN = join(TOP, ".posthorn");
const DIST = join(TOP, "dist");
const STAMP = join(DIST, ".built-from");
/** The sources of the build. */
const SOURCES = [
  "src",
  "web",
  "scripts/build",
  "tsconfig.json",
  "tsconfig.build.json",
  "package-lock.json",
];

/**
 * Installs what is missing or stale and builds what has changed. Quick when there is nothing to do;
 * a second process waits for the first.
 * @param {{ signal: AbortSignal, say: (line: string) => void, build?: boolean }} options
 */
export async function prepare({ signal, say, build: wanted = true }) {
  const due = () => ({ install: isInstallStale(), build: wanted && isBuildStale() });
  if (!due().install && !due().build) return;
  mkdirSync(OWN, { recursive: true });
  const release = await holdWhenFree(join(OWN, "prepare.lock"), signal);
  try {
    if (due().install) {
      say("installing dependencies …");
      // Nothing here needs an install script: what is native comes prebuilt.
      await step(
        "npm",
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        signal,
      );
    }
    if (due().build) {
      say("building …");
      await build(signal);
    }
  } finally {
    release();
  }
}

/**
 * Does `node_modules` differ from the lockfile? npm keeps what it has installed in a lockfile of its
 * own; an optional package may be missing there, when it is for another platform.
 */
function isInstallStale() {
  const installed = join(TOP, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return true;
  const wanted = packagesIn(join(TOP, "package-lock.json"));
  const present = packagesIn(installed);
  return Object.entries(wanted).some(([path, { version, optional, devOptional }]) => {
    if (path === "") return false;
    const there = present[path];
    return there === undefined ? !optional && !devOptional : there.version !== version;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version: string, optional?: boolean, devOptional?: boolean }>}
 */
const packagesIn = (file) => JSON.parse(readFileSync(file, "utf8")).packages;

const isBuildStale = () => !existsSync(STAMP) || readFileSync(STAMP, "utf8") !== digest();

/** One hash over names and contents: times mean nothing after a checkout. */
function digest() {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    const path = join(TOP, source);
    const files = source.includes(".") ? [path] : filesIn(path);
    for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** @param {string} folder */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

/** Builds beside `dist` and swaps: what runs from it never meets half a build. @param {AbortSignal} signal */
async function build(signal) {
  // Of builds that were killed: the lock is ours, so nobody makes them any more.
  for (const name of readdirSync(OWN))
    if (name.startsWith("build-")) rmSync(join(OWN, name), { recursive: true, force: true });
  const made = mkdtempSync(join(OWN, "build-"));
  const old = `${made}-old`;
  try {
    const from = digest();
    const bin = (/** @type {string} */ name) => join(TOP, "node_modules", ".bin", name);
    await step(bin("tsc"), ["-p", "tsconfig.build.json", "--outDir", made], signal);
    await step(process.execPath, [join(TOP, "scripts", "build", "program.mjs"), made], signal);
    const web = [
      "build",
      "web",
      "--outDir",
      join(made, "web"),
      "--emptyOutDir",
      "--logLevel",
      "warn",
    ];
    await step(bin("vite"), web, signal);
    writeFileSync(join(made, ".built-from"), from);
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(made, DIST);
  } finally {
    for (const folder of [made, old]) rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} command @param {string[]} args @param {AbortSignal} signal */
const step = (command, args, signal) =>
  run(command, args, { signal, show: true }).catch((error) => {
    throw new StartError(reason(error));
  });
