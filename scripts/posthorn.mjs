// npm run posthorn -- COMMAND …: a command of operators (src/cli/), built first, with the settings of npm start.
import "./node.mjs";
import { join, resolve } from "node:path";
import { realpathSync } from "node:fs";
import { binary } from "./broker/binary.mjs";
import { keep } from "./broker/keep.mjs";
import { NO_LOGIN } from "./broker/nologin.mjs";
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

/** Joins the nats-server of a running npm start, or runs it for as long as the command takes. @param {string} data */
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

/** The settings, beside the broker of npm start unless `NATS_URL` names another. */
async function surroundings() {
  const { env } = process;
  const data = writable(resolve(TOP, env["DATA_DIR"] || ".posthorn/data"), "DATA_DIR");
  const found = env["NATS_URL"] ? {} : { ...NO_LOGIN, ...(await broker(data)) };
  return { ...env, DATA_DIR: data, ...found };
}

/** @param {string[]} args */
async function command(args) {
  try {
    await prepare({ signal, say });
    const { posthorn } = await import(new URL("../dist/cli/posthorn.js", import.meta.url).href);
    process.exitCode = await posthorn(args, surroundings);
  } catch (error) {
    complain(error);
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

const args = process.argv.slice(2);
// Posthorn with a nats-server of its own is npm start.
const isStart = args[0] === "start" && args.length === 1;
if (isStart) process.argv.splice(2);
await (isStart ? import("./start.mjs") : command(args));
