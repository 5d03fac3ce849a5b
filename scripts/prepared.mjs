// node scripts/prepared.mjs FILE …: runs a program that imports packages, or what is built, once these are there.
import "./node.mjs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { prepare } from "./prepare.mjs";
import { complain } from "./run.mjs";

const { signal } = new AbortController();
// Its output may be read by another program.
const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

async function main() {
  const [file = ""] = process.argv.splice(2, 1);
  await prepare({ signal, say });
  await import(pathToFileURL(resolve(file)).href);
}

main().catch(complain);
