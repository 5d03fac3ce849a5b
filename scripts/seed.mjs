// npm run seed: fills a running npm start or npm run dev with a lively demo (demo/seed.ts).
import "./node.mjs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { demandArguments } from "./demandarguments.mjs";
import { prepare } from "./prepare.mjs";
import { complain, TOP } from "./run.mjs";

const { signal } = new AbortController();
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** @param {string} url */
async function seed(url) {
  await prepare({ signal, say, build: false });
  const program = join(TOP, "demo", "seed.ts");
  const folder = join(TOP, ".posthorn", "demo");
  const child = spawn(process.execPath, ["--import", "tsx", program, url, folder], {
    cwd: TOP,
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
}

demandArguments(
  `npm run seed -- [URL]    fills the empty server at URL with people and their chats

  URL   http://127.0.0.1 at PORT, or 8080, unless it is named`,
  1,
);
seed(process.argv[2] ?? `http://127.0.0.1:${process.env["PORT"] || 8080}`).catch(complain);
