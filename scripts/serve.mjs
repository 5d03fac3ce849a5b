// Everything from a fresh clone to a running Posthorn, in this process.
import { join, resolve } from "node:path";
import { announce } from "./announce.mjs";
import { ownBroker } from "./broker/own.mjs";
import { writable } from "./folder.mjs";
import { hold } from "./lock.mjs";
import { prepare } from "./prepare.mjs";
import { StartError, TOP } from "./run.mjs";
import { say, stay } from "./stay.mjs";

/** @param {import("./stay.mjs").Life} life @returns {Promise<NodeJS.ProcessEnv>} what the program gets to read as its settings. */
async function settings(life) {
  const { env } = process;
  const { settingsOf } = await program();
  // A wrong setting is said before anything is started.
  const { AUTH } = await settingsOf(env);
  const data = writable(resolve(TOP, env["DATA_DIR"] || ".posthorn/data"), "DATA_DIR");
  life.undo.push(hold(join(data, "lock")));
  const own = env["NATS_URL"] ? {} : await ownBroker(data, env, life);
  return { LOG_LEVEL: "warn", ...env, AUTH, DATA_DIR: data, ...own };
}

/** The program, once it is built. */
const program = () => import(new URL("../dist/serve.js", import.meta.url).href);

await stay(async (life) => {
  await prepare({ signal: life.signal, say });
  life.signal.throwIfAborted();
  const env = await settings(life);
  life.signal.throwIfAborted();
  const { run } = await program();
  const app = await run(env);
  life.exit = app.exit;
  life.undo.push(() => app.stop());
  // Somebody has pressed Ctrl-C while the program came up: it ends, and does not say first that it runs.
  life.signal.throwIfAborted();
  app.done.then(() => life.fail(new StartError("the program has ended by itself")), life.fail);
  announce(app.url, env);
});
