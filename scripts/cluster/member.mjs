import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** A process that has ended is started again after so long, as a supervisor would. */
const AGAIN_MS = 1_000;
/** A drain, and a broker that hands its leaders over, take less; then it is killed. */
const GRACE_MS = 60_000;

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} dir Its log goes there.
 * @property {string} command
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} [env]
 */

/** One process of the cluster, started again whenever it ends. */
export class Member {
  #program;
  #changed;
  #stopping = false;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;
  /** @type {Promise<unknown>} */
  #over = Promise.resolve();

  /** @param {Program} program @param {() => void} changed Its pid is another one. */
  constructor(program, changed) {
    this.#program = program;
    this.#changed = changed;
  }

  get name() {
    return this.#program.name;
  }

  /** undefined: it does not run just now. */
  get pid() {
    return this.#child?.pid;
  }

  start() {
    this.#over = this.#keep();
  }

  async #keep() {
    while (!this.#stopping) {
      const { dir, command, args, env } = this.#program;
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const log = openSync(join(dir, "log"), "a", 0o600);
      // Out of reach of the terminal's Ctrl-C: the one who has started it says when.
      const child = spawn(command, args, { env, detached: true, stdio: ["ignore", log, log] });
      closeSync(log);
      const ended = once(child, "exit").catch(() => undefined);
      this.#child = child;
      this.#changed();
      await ended;
      this.#child = undefined;
      this.#changed();
      if (!this.#stopping) await pause(AGAIN_MS);
    }
  }

  /** Ends it for good. */
  async stop() {
    this.#stopping = true;
    const child = this.#child;
    child?.kill("SIGTERM");
    // One that somebody has paused hears of it.
    child?.kill("SIGCONT");
    const timer = setTimeout(() => child?.kill("SIGKILL"), GRACE_MS);
    await this.#over;
    clearTimeout(timer);
  }

  /** Ends it at once, as far as this process can still say so. */
  kill() {
    this.#child?.kill("SIGKILL");
  }
}
