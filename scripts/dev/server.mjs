// The server of `npm run dev`: loads the compiled program, and runs it when it is told to, in a process
// of its own. It ends with the process that has started it.
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { complain } from "../run.mjs";
import { COMPILED } from "./compile.mjs";

/** @param {unknown} error */
function fail(error) {
  complain(error);
  process.exit(1);
}

/** @type {typeof import("../../src/serve.ts")} */
const { run } = await import(pathToFileURL(join(COMPILED, "serve.js")).href);
/** @type {ReturnType<typeof run> | undefined} */
let app;

async function start() {
  app = run(process.env);
  const { done } = await app;
  process.send?.("running");
  await done;
}
async function stop() {
  const running = await app;
  await running?.stop();
  process.exit(0);
}

process.on("message", (told) => void (told === "run" ? start() : stop()).catch(fail));
process.on("disconnect", () => void stop().catch(fail));
// Ctrl-C reaches the whole group: the process that has started this one says when.
process.on("SIGINT", () => {});
process.send?.("loaded");
