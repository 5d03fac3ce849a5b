import { join, resolve } from "node:path";
import { realpathSync } from "node:fs";
import { binary } from "./broker/binary.mjs";
import { keep } from "./broker/keep.mjs";
import { runningIn } from "./broker/running.mjs";
import { writable } from "./folder.mjs";
import { hold } from "./lock.mjs";
import { prepare } from "./prepare.mjs";
import { complain, TOP } from "./run.mjs";

const { signal } = new AbortController();
/** stdout is for what the command finds. */
const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
/** @type {(() => unknown)[]} */
const undo = [];

/** Joins the nats-server of a running Posthorn, or runs it for as long as this takes. @param {string} data */
async function broker(data) {
  const dir = realpathSync(writable(join(data, "nats"), "DATA_DIR"));
  const running = runningIn(dir);
  if (running !== undefined) return running;
  undo.push(hold(join(data, "lock")));
  const lost = (/** @type {unknown} */ error) => complain(error);
  const kept = await keep(await binary({ say, signal }), { dir }, { say, lost });
  undo.push(kept.stop);
  const { user, password } = kept.login;
  return { NATS_URL: kept.url, NATS_USER: user, NATS_PASSWORD: password };
}

/**
 * Runs a command of `src/cli` with the settings of Posthorn, beside the broker of `npm start` unless
 * `NATS_URL` names another. Sets the exit code.
 * @param {string} name Of the file, and of what it exports.
 * @param {(arg: string) => boolean} asks Is the command asked for with such an argument, and not only for its help?
 */
export async function command(name, asks) {
  try {
    const args = process.argv.slice(2);
    await prepare({ signal, say });
    const { [name]: run } = await import(new URL(`../dist/cli/${name}.js`, import.meta.url).href);
    const { env } = process;
    const data = writable(resolve(TOP, env["DATA_DIR"] ?? ".posthorn/data"), "DATA_DIR");
    const found = env["NATS_URL"] || !args.some(asks) ? {} : await broker(data);
    process.exitCode = await run(args, { ...env, DATA_DIR: data, ...found });
  } catch (error) {
    complain(error);
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}
