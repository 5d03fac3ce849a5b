import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { accessSync, constants } from "node:fs";

/** The top of the checkout. */
export const TOP = join(import.meta.dirname, "..");

/** One clear sentence for the person at the terminal; no stack is shown. */
export class StartError extends Error {
  /** @override */
  name = "StartError";
}

/** The person asks for what is not there: exit code 2. */
export class UsageError extends StartError {}

/** A program that was run and failed. */
export class RunError extends Error {
  /** @param {string} message @param {string} output All it has said. */
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/**
 * Runs a program to its end, without a stdin.
 * @param {string} command
 * @param {string[]} args
 * @param {{ signal?: AbortSignal, cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options]
 *   `signal`: when it may take no longer. `show`: its output goes to the terminal instead.
 * @returns {Promise<string>} its stdout
 * @throws {RunError} that names the program and the last thing it said.
 */
export async function run(command, args, { signal, cwd = TOP, env, show = false } = {}) {
  const output = show ? "inherit" : "pipe";
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", output, output],
    ...(signal && { signal }),
  });
  let stdout = "";
  let all = "";
  child.stdout?.on("data", (chunk) => ((stdout += chunk), (all += chunk)));
  child.stderr?.on("data", (chunk) => (all += chunk));
  const [code, killed] = await once(child, "close").catch((/** @type {Error} */ error) => {
    throw new RunError(`${command}: ${whyEnded(signal, error)}`, all);
  });
  if (code === 0) return stdout;
  const name = [command, ...args.slice(0, 1)].join(" ");
  throw new RunError(`${name}: ${lastLine(all, `ended with ${killed ?? code}`)}`, all);
}

/**
 * Runs a TypeScript program of this checkout at the terminal, and ends with its exit code. Signals are passed on to it, so that it ends what it
 * has started; those that a terminal sends (Ctrl-C, its closing) reach it by themselves.
 * @param {string[]} path The program, from the top of the checkout.
 * @param {string[]} args
 */
export async function runAtTerminal(path, args) {
  const child = spawn(process.execPath, ["--import", "tsx", join(TOP, ...path), ...args], {
    cwd: TOP,
    stdio: "inherit",
  });
  for (const name of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(name, () => {
      if (name === "SIGTERM" || !process.stdin.isTTY) child.kill(name);
    });
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
}

/** @param {AbortSignal | undefined} signal @param {Error} error */
function whyEnded(signal, error) {
  if (!signal?.aborted) return error.message;
  return signal.reason?.name === "TimeoutError" ? "took too long" : reason(signal.reason);
}

/** @param {string} text @param {string} none What to say when there is none. */
const lastLine = (text, none) => text.trim().split("\n").at(-1) || none;

/**
 * Where a program is, if it is on PATH.
 * @param {string} name
 * @returns {string | undefined}
 */
export const onPath = (name) =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The words to show of an error. @param {unknown} error */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

/** Says what went wrong: one sentence for what can be expected, else the stack. @param {unknown} error */
export function complain(error) {
  const known = error instanceof Error && error.name === "StartError";
  const text = known ? error.message : (error instanceof Error && error.stack) || String(error);
  process.stderr.write(`posthorn: ${text}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
