// The server under test: started the way `npm start` does it, on a port and a folder of its own.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { longestLap } from "./laps.mjs";
import { executable, isBroker, residentKib, tree } from "./proc.mjs";
import { freePort } from "../scripts/dev/port.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Ignored by git; on the same disk as the data of `npm start`. */
const FOLDER = join(ROOT, ".posthorn", "bench");
/** A first start may install, build and fetch a broker. A cluster says itself who keeps it waiting. */
const READY_MS = 300_000;
/** Between two words about a server that is not ready. */
const SAY_MS = 15_000;
const STOP_MS = 20_000;

/** Limits that protect a server from its users would measure themselves here. */
export const RAISED = {
  SENDS_PER_SECOND: "1000000",
  SENDS_BURST: "1000000",
  FRAMES_PER_SECOND: "1000000",
  FRAMES_BURST: "1000000",
  USER_FRAMES_PER_SECOND: "1000000",
  USER_FRAMES_BURST: "1000000",
  MARKS_PER_SECOND: "1000000",
  MARKS_BURST: "1000000",
  DEVICE_HELLOS_BURST: "1000",
  USER_HELLOS_BURST: "1000",
};

/** @type {Preload} */
const PROFILE = { kind: "profile", script: "profile.mjs", variable: "BENCH_PROFILE_DIR" };
/** @type {Preload} */
const LAPS = { kind: "laps", script: "lap.mjs", variable: "BENCH_LAPS_DIR" };

/**
 * @typedef {import("./proc.mjs").Proc} Proc
 * @typedef {{ kind: string, script: string, variable: string }} Preload a script that the server's processes load first, and
 *   the variable that tells it the folder of its files
 * @typedef {object} Server
 * @property {string} url `http://host:port`
 * @property {string} data the folder of its data
 * @property {() => Proc[]} processes all of them, the broker included
 * @property {() => number} residentKib
 * @property {() => string} broker the version of the nats-server it started, or that it has none
 * @property {() => void} toggleProfile starts the profilers, or stops them and writes the files;
 *   does nothing without `profile`
 * @property {string} profiles the folder that they are in
 * @property {(from: number, to: number) => import("./laps.mjs").Turn} longestTurn the longest turn of the main thread's
 *   loop between two moments, with `laps` only
 * @property {Promise<Error>} gone resolves when the server ends before it was told to
 * @property {() => Promise<void>} stop ends every process and removes the data
 *
 * @typedef {object} Options
 * @property {string} name of its log and its profiles in {@link FOLDER}
 * @property {string} script
 * @property {string[]} args
 * @property {Record<string, string>} env besides {@link RAISED}
 * @property {boolean | undefined} shipped with the limits as they are shipped, not with {@link RAISED}
 * @property {boolean} profile
 * @property {boolean | undefined} laps its main thread writes down how long each turn takes
 * @property {AbortSignal} signal ends the wait for readiness
 */

/**
 * Starts a server and waits until it is ready.
 * @param {Options} options
 * @returns {Promise<Server>}
 * @throws Error with the end of the server's log when it does not become ready.
 */
export async function startServer({ name, script, args, env, shipped, profile, laps, signal }) {
  mkdirSync(FOLDER, { recursive: true });
  const data = mkdtempSync(join(FOLDER, "data-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const { child, logFile } = launch(name, [script, ...args], {
    ...(!shipped && RAISED),
    ...env,
    PORT: new URL(url).port,
    DATA_DIR: data,
    ...preloaded(name, [...(profile ? [PROFILE] : []), ...(laps ? [LAPS] : [])]),
  });
  /** Processes that a server that died of itself may have left behind. @type {Proc[]} */
  let known = [];
  const processes = () => {
    const now = tree(child.pid ?? 0);
    if (now.length > 0) known = now;
    return now;
  };
  const alive = () => known.filter(({ pid }) => tree(pid).length > 0);
  const killAll = () => killEach(alive());
  process.once("exit", killAll); // the last resort, when the bench itself is going
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.once("exit", () => resolve()));
  const over = new AbortController();
  const gone = ended.then(() => {
    over.abort();
    return new Error(`the server ended; its log ends:\n${tail(logFile)}`);
  });

  const stop = async () => {
    processes();
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
    const left = alive();
    killEach(left);
    process.off("exit", killAll);
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0)
      throw new Error(`SIGTERM left ${left.map((one) => one.name).join(", ")} behind`);
  };
  try {
    const waiting = ready(url, {
      signal: AbortSignal.any([signal, over.signal]),
      look: processes,
      logFile,
    });
    await Promise.race([gone.then((error) => Promise.reject(error)), waiting]);
  } catch (error) {
    await stop().catch(() => undefined); // why it did not get ready matters more than what it left behind
    throw error;
  }
  return {
    url,
    data,
    processes,
    residentKib: () => residentKib(processes()),
    broker: () => brokerOf(processes()),
    toggleProfile: () => profile && toggle(processes()),
    profiles: folderOf(PROFILE, name),
    longestTurn: (from, to) => longestLap(folderOf(LAPS, name), processes()[0]?.pid ?? 0, from, to),
    gone,
    stop,
  };
}

/**
 * @param {string} name
 * @param {[string, ...string[]]} command The script and its arguments.
 * @param {Record<string, string>} env
 */
function launch(name, command, env) {
  const logFile = join(FOLDER, `${name}.log`);
  const log = openSync(logFile, "w");
  const child = spawn(process.execPath, command, {
    cwd: dirname(dirname(command[0])),
    detached: true, // a group of its own: Ctrl-C reaches the bench only, which then stops it
    stdio: ["ignore", log, log],
    env: { ...process.env, ...env },
  });
  closeSync(log);
  return { child, logFile };
}

/**
 * @param {string} url
 * @param {{ signal: AbortSignal, look: () => Proc[], logFile: string }} how `look`: so that what a server leaves behind is known even if
 *   it never gets ready.
 */
async function ready(url, { signal, look, logFile }) {
  const since = Date.now();
  let saidAt = since;
  for (;;) {
    signal.throwIfAborted();
    look();
    if (await isReady(url)) return;
    const now = Date.now();
    if (now - since > READY_MS)
      throw new Error(
        `the server was not ready in ${READY_MS / 1000} s; its log ends:\n${tail(logFile)}`,
      );
    if (now - saidAt > SAY_MS) {
      saidAt = now;
      const last = tail(logFile).split("\n").at(-1);
      process.stderr.write(`  not ready after ${Math.round((now - since) / 1000)} s: ${last}\n`);
    }
    await sleep(100);
  }
}

/**
 * Is the server ready? HAProxy before a cluster answers 404 to who asks how a gateway is, and carries requests to those that are ready.
 * @param {string} url
 */
async function isReady(url) {
  const statusOf = (/** @type {string} */ path) =>
    fetch(`${url}${path}`).then(
      (answer) => answer.arrayBuffer().then(() => answer.status),
      () => undefined,
    );
  const status = await statusOf("/readyz");
  return status === 200 || (status === 404 && (await statusOf("/")) === 200);
}

/** @param {Preload} preload @param {string} name */
const folderOf = ({ kind }, name) => join(FOLDER, `${kind}-${name}`);

/**
 * The environment in which each Node process of the server loads scripts of the bench first, each with an empty folder for its files.
 * @param {string} name @param {Preload[]} preloads
 */
function preloaded(name, preloads) {
  if (preloads.length === 0) return {};
  /** @type {Record<string, string>} */
  const env = {};
  for (const preload of preloads) {
    const directory = folderOf(preload, name);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    env[preload.variable] = directory;
  }
  const url = (/** @type {Preload} */ { script }) =>
    pathToFileURL(join(ROOT, "bench", script)).href;
  return { ...env, NODE_OPTIONS: preloads.map((one) => `--import=${url(one)}`).join(" ") };
}

/** @param {Proc[]} processes */
function toggle(processes) {
  for (const one of processes)
    if (executable(one) === process.execPath) process.kill(one.pid, "SIGUSR2");
}

/** @param {Proc[]} processes */
function brokerOf(processes) {
  const broker = processes.find(isBroker);
  if (broker === undefined) return "not started by it: its CPU and memory are not in the figures";
  return execFileSync(executable(broker), ["-v"], { encoding: "utf8" }).trim();
}

/** @param {Proc[]} processes */
function killEach(processes) {
  for (const { pid } of processes) process.kill(pid, "SIGKILL");
}

/** @param {string} file */
const tail = (file) => readFileSync(file, "utf8").trim().split("\n").slice(-12).join("\n");
