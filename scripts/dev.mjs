// npm run dev: the server from source, started anew after each edit, and the page by Vite in front of
// it; one nats-server and its data are kept all the while.
import "./node.mjs";
import { join, resolve, sep } from "node:path";
import { announce } from "./announce.mjs";
import { demandArguments } from "./demandarguments.mjs";
import { ownBroker } from "./broker/own.mjs";
import { startPage } from "./dev/page.mjs";
import { freePort } from "./dev/port.mjs";
import { fromSource } from "./dev/source.mjs";
import { writable } from "./folder.mjs";
import { hold } from "./lock.mjs";
import { prepare } from "./prepare.mjs";
import { StartError, TOP } from "./run.mjs";
import { say, stay } from "./stay.mjs";

/** An editor writes a file in several steps, and saves several files. */
const SETTLE_MS = 50;
const SOURCE = join(TOP, "src", sep);
const CLIENT = join(SOURCE, "client", sep);

/** Calls `edited` a moment after an edit of the server's source. @param {() => void} edited */
function onceSettled(edited) {
  /** @type {NodeJS.Timeout | undefined} */
  let settling;
  return (/** @type {string} */ path) => {
    // The client is the page's.
    if (!path.startsWith(SOURCE) || path.startsWith(CLIENT)) return;
    clearTimeout(settling);
    settling = setTimeout(edited, SETTLE_MS);
  };
}

demandArguments(`npm run dev    runs the server from source and the page by Vite, anew after each edit, until Ctrl-C

It takes no arguments: settings come from the environment (docs/operations.md).`);

await stay(async (life) => {
  await prepare({ signal: life.signal, say, build: false });
  const { env } = process;
  // Not the folder of npm start: what is being developed may write what nothing else can read.
  const data = writable(resolve(TOP, env["DATA_DIR"] || ".posthorn/dev"), "DATA_DIR");
  life.undo.push(hold(join(data, "lock")));
  const broker = env["NATS_URL"] ? {} : await ownBroker(data, env, life);
  life.signal.throwIfAborted();

  const host = env["HOST"] || "127.0.0.1";
  const port = Number(env["PORT"] || 8080);
  if (!(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new StartError("PORT is a number from 1 to 65535");
  const inner = await freePort();
  const settings = {
    LOG_LEVEL: "warn",
    AUTH: "dev",
    ...env,
    ...broker,
    DATA_DIR: data,
    HOST: "127.0.0.1",
    PORT: String(inner),
  };
  const page = await startPage({ host, port, server: `http://127.0.0.1:${inner}` });
  life.undo.push(page.end);
  const server = await fromSource(settings);
  life.undo.push(server.stop);
  page.onEdit(onceSettled(() => void server.edited().catch(life.fail)));
  await server.edited();
  life.signal.throwIfAborted();
  announce(`http://${host}:${port}`, settings);
  say("Edits of src/ start the server anew, edits of web/ are shown at once.");
});
