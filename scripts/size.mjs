// npm run size: says what the client weighs, and what each of its rules costs, as the table in docs/size.md has it.
import "./node.mjs";
import { demandArguments } from "./demandarguments.mjs";
import { prepare } from "./prepare.mjs";
import { complain } from "./run.mjs";

const { signal } = new AbortController();
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

async function size() {
  await prepare({ signal, say: () => undefined });
  // After that: it imports a package.
  const { costs, gzipped } = await import("./package/size.mjs");
  say(`posthorn/client: ${await gzipped("client/client.js")} bytes, minified and gzipped`);
  const rules = (await costs()).toSorted((a, b) => b.bytes - a.bytes);
  for (const { rule, bytes } of rules) say(`| ${rule} | ${bytes} |`);
}

demandArguments("npm run size    says what the client weighs, and what each of its rules costs");
size().catch(complain);
