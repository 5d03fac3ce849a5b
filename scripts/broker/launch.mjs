import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { StartError } from "../run.mjs";
import { render } from "./conf.mjs";

/** A store of a million users takes 5 s to read; a slow disk some more. */
const READY_MS = 120_000;
/** A stop writes the store's index. */
export const GRACE_MS = 20_000;

/**
 * The cores it may use at once: the other half is for the program beside it, since its scheduler
 * looks for work on every one that it has. With one alone, an acknowledgement waits for deliveries
 * (docs/adr/0008).
 */
const CORES = Math.max(2, Math.floor(availableParallelism() / 2));

/**
 * @typedef {object} Server A running nats-server.
 * @property {number} pid
 * @property {number} port
 * @property {number} monitorPort
 * @property {Promise<string>} exited Settles with how it ended.
 * @property {(signal?: NodeJS.Signals) => Promise<void>} stop Ends it: SIGTERM, and SIGKILL if that takes too long.
 */

/**
 * Starts a nats-server and returns when JetStream answers.
 * @param {string} binary
 * @param {import("./conf.mjs").Conf & { conf?: string, detached?: boolean }} options
 *   `conf`: text to use instead of the rendered one. `detached`: out of reach of the terminal's Ctrl-C.
 * @returns {Promise<Server>}
 * @throws {StartError} with the server's own last words when it does not come up.
 */
export async function launch(binary, { conf, detached = false, ...options }) {
  const { dir } = options;
  mkdirSync(dir, { recursive: true });
  const file = `${dir}/nats.conf`;
  rmSync(file, { force: true });
  // One that was killed has left its file, which a server with its pid would be taken by.
  for (const name of readdirSync(dir))
    if (/^nats-server_\d+\.ports$/.test(name)) rmSync(join(dir, name), { force: true });
  writeFileSync(file, conf ?? render(options), { mode: 0o600 });
  // Not a pipe: a server that outlives us must not die of writing to it.
  const log = openSync(`${dir}/nats.log`, "a", 0o600);
  const child = spawn(binary, ["-c", file], {
    detached,
    stdio: ["ignore", log, log],
    // Its heap is small and mostly garbage: collected twice as often it costs 1 % more and holds 8 MiB less.
    env: { GOMAXPROCS: String(CORES), GOGC: "50", ...process.env },
  });
  closeSync(log);
  await once(child, "spawn");
  const pid = /** @type {number} */ (child.pid);
  const exited = once(child, "exit").then(([code, signal]) =>
    String(signal ?? `exit code ${code}`),
  );
  // However this process ends, as long as it may still say a last word.
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  void exited.then(() => process.off("exit", kill));
  const stop = async (/** @type {NodeJS.Signals} */ signal = "SIGTERM") => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await exited;
    clearTimeout(timer);
    rmSync(portsFile(dir, pid), { force: true });
  };
  try {
    return { pid, exited, stop, ...(await ready(dir, pid, exited)) };
  } catch (error) {
    await stop("SIGKILL");
    throw error;
  }
}

/** @param {string} dir @param {number} pid @param {Promise<string>} exited */
async function ready(dir, pid, exited) {
  /** @type {string | undefined} */
  let ended;
  void exited.then((how) => (ended = how));
  for (const until = Date.now() + READY_MS; Date.now() < until; await pause(10)) {
    if (ended !== undefined)
      throw new StartError(`nats-server ended at once (${ended}): ${lastWords(dir)}`);
    const ports = portsOf(dir, pid);
    if (ports && (await answers(`http://127.0.0.1:${ports.monitorPort}/healthz`))) return ports;
  }
  throw new StartError(`nats-server is not ready after ${READY_MS / 1000} s: ${lastWords(dir)}`);
}

/** @param {string} dir @param {number} pid */
const portsFile = (dir, pid) => `${dir}/nats-server_${pid}.ports`;

/** The ports the server says it has. @param {string} dir @param {number} pid */
export function portsOf(dir, pid) {
  const file = portsFile(dir, pid);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  // The server writes the file in place: without its end it is not there yet.
  if (!text.trimEnd().endsWith("}")) return undefined;
  const { nats, monitoring } = JSON.parse(text);
  return { port: Number(new URL(nats[0]).port), monitorPort: Number(new URL(monitoring[0]).port) };
}

/** @param {string} url */
const answers = (url) =>
  fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  );

/** @param {string} dir */
function lastWords(dir) {
  const lines = readFileSync(`${dir}/nats.log`, "utf8").trimEnd().split("\n");
  const fatal = lines.findLast((line) => line.includes("[FTL]") || line.startsWith("nats-server:"));
  return fatal ?? lines.at(-1) ?? "it said nothing";
}
