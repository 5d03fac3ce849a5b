// npm run record: writes down what the client declares and what the schemas say, to be reviewed, the client's reference, the
// table of settings, and the configurations of docker/compose.cluster.yaml.
import "./node.mjs";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { demandArguments } from "./demandarguments.mjs";
import { dockerConfs } from "./cluster/docker.mjs";
import { prepare } from "./prepare.mjs";
import { complain, TOP } from "./run.mjs";

const OPERATIONS = join(TOP, "docs", "operations.md");
const { signal } = new AbortController();
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** @param {string} name */
const built = (name) => import(pathToFileURL(join(TOP, "dist", name)).href);

/** The built modules below a folder. @param {string} folder */
function modules(folder) {
  const names = readdirSync(join(TOP, "dist", folder), { recursive: true, encoding: "utf8" });
  return Promise.all(
    names.filter((name) => name.endsWith(".js")).map((name) => built(join(folder, name))),
  );
}

/** The text with another table of settings. @param {string} text @param {string} table */
const withTable = (text, table) =>
  text.replace(/(\n## Settings\n[^|]*)(?:\|.*\n)+/, (_, before) => `${before}${table}\n`);

async function record() {
  await prepare({ signal, say });
  // After that: they import packages.
  const { api, RECORDED } = await import("./package/api.mjs");
  const { decided, DECIDED } = await import("./package/schemas.mjs");
  const { entries, reference, REFERENCE } = await import("./package/reference.mjs");
  const { VERSION: version } = await built("protocol/envelope.js");
  const { RULES: rules } = await built("events/since.js");
  const [protocol, events] = await Promise.all([modules("protocol"), modules("events")]);
  mkdirSync(dirname(RECORDED), { recursive: true });
  writeFileSync(RECORDED, api());
  writeFileSync(DECIDED, decided({ version, rules, protocol, events }));
  writeFileSync(REFERENCE, reference(entries()));
  const { settingsTable } = await built("config/meanings.js");
  writeFileSync(OPERATIONS, withTable(readFileSync(OPERATIONS, "utf8"), settingsTable()));
  for (const [file, text] of dockerConfs()) writeFileSync(file, text);
  say(
    "docker/cluster, docs/api, docs/client-reference.md, docs/operations.md: look at the difference, then commit it with what has changed",
  );
}

demandArguments(
  "npm run record    writes down the client's API, the schemas, and what is made of them, to be reviewed",
);
record().catch(complain);
