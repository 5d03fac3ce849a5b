// npm run record: writes down what the client declares and what the schemas say, to be reviewed.
import "./node.mjs";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { api, RECORDED } from "./package/api.mjs";
import { prepare } from "./prepare.mjs";
import { complain } from "./run.mjs";

const { signal } = new AbortController();
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

async function record() {
  await prepare({ signal, say });
  mkdirSync(dirname(RECORDED), { recursive: true });
  writeFileSync(RECORDED, api());
}

record().catch(complain);
