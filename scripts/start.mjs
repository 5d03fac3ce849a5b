// npm start: everything from a fresh clone to a running Posthorn, in this process.
import "./node.mjs";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { binary } from "./broker/binary.mjs";
import { keep } from "./broker/keep.mjs";
import { writable } from "./folder.mjs";
import { hold } from "./lock.mjs";
import { prepare } from "./prepare.mjs";
import { complain, StartError, TOP } from "./run.mjs";

/** Signals this close together are one press of Ctrl-C: npm passes on what the terminal has sent too. */
const ONE_PRESS_MS = 500;
/** How long each step of a stop may take, and what was being started when it came. */
const STOP_MS = 15_000;

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
/** Aborted when it is over: with an error, or with the name of a signal. */
const over = new AbortController();
/** What has to be undone then, last thing first. @type {(() => unknown)[]} */
const undo = [];

/** @returns {Promise<NodeJS.ProcessEnv>} what the program gets to read as its settings. */
async function settings() {
  const { env } = process;
  const { readConfig } = await built("config/config.js");
  // What is wrong with them is said before anything is started.
  const { AUTH } = readConfig(env);
  const data = writable(resolve(TOP, env["DATA_DIR"] || ".posthorn/data"), "DATA_DIR");
  undo.push(hold(join(data, "lock")));
  const own = env["NATS_URL"] ? {} : await broker(data, env);
  return { LOG_LEVEL: "warn", ...env, AUTH, DATA_DIR: data, ...own };
}

/** A module of the program. @param {string} name */
const built = (name) => import(new URL(`../dist/${name}`, import.meta.url).href);

/** Starts our own nats-server. @param {string} data @param {NodeJS.ProcessEnv} env */
async function broker(data, env) {
  const path = await binary({ say, signal: over.signal });
  const sync = /** @type {"1s" | "always"} */ (env["SYNC"] || "1s");
  if (!["1s", "always"].includes(sync)) throw new StartError("SYNC is 1s or always");
  const port = env["NATS_PORT"] ? Number(env["NATS_PORT"]) : undefined;
  if (port !== undefined && !(port > 0 && port < 65_536))
    throw new StartError("NATS_PORT is a number from 1 to 65535");
  const dir = writable(join(data, "nats"), "DATA_DIR");
  const options = { dir, sync, ...(port !== undefined && { port }) };
  const kept = await keep(path, options, { say, lost: (error) => over.abort(error) });
  undo.push(kept.stop);
  return {
    NATS_URL: kept.url,
    NATS_MONITOR_URL: kept.monitorUrl,
    NATS_USER: kept.login.user,
    NATS_PASSWORD: kept.login.password,
  };
}

/** @param {string} url @param {NodeJS.ProcessEnv} env */
function announce(url, env) {
  say(`\nPosthorn runs at ${url} (data: ${env["DATA_DIR"]}; Ctrl-C stops it)`);
  if (env["AUTH"] !== "dev") return;
  say(`\n  Alice: ${url}/?as=alice\n  Bob:   ${url}/?as=bob\n`);
  say("DEVELOPMENT IDENTITIES ARE ON: whoever reaches this address can be anybody.");
  say("Real ones: AUTH=jwt (docs/operations.md).");
}

async function start() {
  await prepare({ signal: over.signal, say });
  over.signal.throwIfAborted();
  const env = await settings();
  over.signal.throwIfAborted();
  const { run } = await built("main.js");
  const app = await run(env);
  undo.push(() => app.stop());
  app.done.then(
    () => over.abort(new StartError("the program has ended by itself")),
    (/** @type {unknown} */ error) => over.abort(error),
  );
  announce(app.url, env);
  await aborted();
}

/** Rejects as soon as it is over. */
async function aborted() {
  if (!over.signal.aborted) await once(over.signal, "abort");
  over.signal.throwIfAborted();
}

/** Rejects when it is over, but the start has neither come to its end nor failed. */
const stuck = () =>
  aborted().catch(async (reason) => {
    await pause(STOP_MS, undefined, { ref: false });
    throw reason;
  });

/** A step of the stop that hangs must not keep the ones after it from being done. */
const late = async () => {
  await pause(STOP_MS, undefined, { ref: false });
  throw new StartError(`stopping took longer than ${STOP_MS / 1000} s`);
};

// A closed terminal (SIGHUP) cannot be written to, and must not keep the stop from being done.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

let pressedAt = 0;
for (const name of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(name, () => {
    if (pressedAt > 0 && Date.now() - pressedAt > ONE_PRESS_MS) process.exit(1);
    if (pressedAt === 0) say("\nstopping … (once more: at once)");
    pressedAt ||= Date.now();
    over.abort(name);
  });

try {
  await Promise.race([start(), stuck()]);
} catch (error) {
  const failure = over.signal.aborted ? over.signal.reason : error;
  const failures = failure instanceof Error ? [failure] : [];
  for (const step of undo.toReversed())
    await Promise.race([step(), late()]).catch((other) => failures.push(other));
  for (const each of failures) complain(each);
  process.exit(failures.length > 0 ? 1 : 0);
}
