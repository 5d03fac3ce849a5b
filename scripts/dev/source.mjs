import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { TOP } from "../run.mjs";
import { say } from "../stay.mjs";
import { compiler } from "./compile.mjs";

/** @typedef {import("node:child_process").ChildProcess} Child */

const SERVER = join(TOP, "scripts", "dev", "server.mjs");
/** A server under development may hang: it is killed after this long. */
const STOP_MS = 3_000;

/**
 * The server from source, in a process of its own.
 * @typedef {object} FromSource
 * @property {() => Promise<void>} edited Starts it, or starts it anew. Resolves when the newest source
 *   runs, or has said why it cannot: source that does not load leaves the server before it running.
 * @property {() => Promise<void>} stop
 */

/** @param {NodeJS.ProcessEnv} env The settings of the program. @returns {Promise<FromSource>} */
export async function fromSource(env) {
  const { compile, end: endCompiler } = await compiler();
  /** @type {Child | undefined} */
  let running;
  /** @type {Promise<void> | undefined} */
  let work;
  let edits = 0;
  let stopped = false;

  /** The new one loads while the old one serves: sockets are cut as late, and for as short, as can be. */
  async function replace() {
    if (!(await compile())) return say("this edit does not compile: waiting for the next");
    const next = load(env);
    if (!(await says(next, "loaded"))) return say("this edit does not load: waiting for the next");
    await end(running);
    running = next;
    if (stopped) return;
    next.send("run");
    const well = await says(next, "running");
    say(
      well ? `the server runs (process ${next.pid})` : "the server has ended: waiting for an edit",
    );
  }

  async function catchUp() {
    for (let seen = 0; seen !== edits && !stopped;) {
      seen = edits;
      await replace();
    }
  }

  return {
    edited() {
      edits++;
      work ??= catchUp().finally(() => (work = undefined));
      return work;
    },
    async stop() {
      stopped = true;
      await work;
      await end(running);
      await endCompiler();
    },
  };
}

/** @param {NodeJS.ProcessEnv} env */
const load = (env) =>
  fork(SERVER, {
    env,
    execArgv: ["--enable-source-maps"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });

/** Waits for the next word of a child; false when it ends instead. @param {Child} child @param {string} word @returns {Promise<boolean>} */
const says = (child, word) =>
  new Promise((resolve) => {
    child.once("message", (said) => resolve(said === word));
    child.once("exit", () => resolve(false));
  });

/** @param {Child | undefined} child */
async function end(child) {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.send("stop");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exit;
  clearTimeout(timer);
}
