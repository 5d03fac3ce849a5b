import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { TOP } from "../run.mjs";

/**
 * The rules of the client that cost bytes, and the modules below `dist/` that each is made of. A module counts for the
 * first rule that names it; the last has all others.
 * @type {readonly (readonly [rule: string, modules: RegExp])[]}
 */
const RULES = [
  ["Why a WebSocket could not be opened", /connection\/whynot/],
  ["Tokens: asked anew, refreshed in band, refused for good", /connection\/(tokens|renewal)/],
  ["What the server says is checked before it is believed", /protocol\/read\.js$/],
  ["Resync and pages of the views, and questions", /mailbox\/(resync|loading)|requests\.js$/],
  ["Groups: followed, asked, and what becomes of it", /client\/groups\/|outbox\/(outcomes|calm)/],
  ["Receipts: one watermark per chat, spread over time", /mailbox\/receipts/],
  ["Typing, presence, focus", /(signals|presences)\.js$/],
  [
    "State that a UI library can follow: the same object while nothing has changed, windows",
    /client\/state\//,
  ],
  ["A storage that may fail, hang or be cleared", /mailbox\/(disk|saving)|client\/storage\//],
  ["Dead tabs' messages are taken over, log-ins are told apart", /outbox\/heir|mailbox\/orphans/],
  ["Keys: a second send is the first", /outbox\/(keys|once)|keyclaim/],
  ["Bounds of a send, at the door", /protocol\/extras|outbox\/letter/],
  [
    "Connection: back-off, signs of life, resume of a lost session, a second socket while the server goes away, hints of the browser",
    /client\/connection\//,
  ],
  [
    "Outbox: order, window, repeats, taken numbers, retries",
    /client\/outbox\/|rules\/(sends|sameness)/,
  ],
  [
    "The mailbox is followed: cursor, gaps, folds, lists, unread",
    /client\/mailbox\/|dist\/(rules|events|protocol)\//,
  ],
  [
    "What an app holds: the client's face, its events, the assembly of its parts",
    /client\/\w+\.js$/,
  ],
  ["The rest", /./],
];

/** @param {string | Uint8Array} text */
const zipped = (text) => gzipSync(text, { level: 9 }).length;

/** A built entry as a page gets it. @param {string} entry Below `dist/`. @param {string[]} [external] */
async function bundled(entry, external = []) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(TOP, "dist", entry)],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    metafile: true,
    external,
    absWorkingDir: TOP,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  return { bytes: outputFiles[0]?.contents ?? new Uint8Array(), modules: output?.inputs ?? {} };
}

/** Bytes of a built entry, minified and gzipped. @param {string} entry Below `dist/`. @param {string[]} [external] */
export async function gzipped(entry, external) {
  return zipped((await bundled(entry, external)).bytes);
}

/**
 * The bytes of each rule of the client: by so much the minified and gzipped sum of all modules would be smaller
 * without its own.
 */
export async function costs() {
  const { modules } = await bundled("client/client.js");
  const texts = await Promise.all(Object.keys(modules).map(minified));
  const all = zipped(texts.map(({ text }) => text).join(""));
  return RULES.map(([rule], i) => {
    const others = texts.filter(({ name }) => ruleOf(name) !== i);
    return { rule, bytes: all - zipped(others.map(({ text }) => text).join("")) };
  });
}

/** @param {string} name */
const ruleOf = (name) => RULES.findIndex(([, modules]) => modules.test(name));

/** A module for itself, its imports and exports left out as in a bundle. @param {string} name From the top. */
async function minified(name) {
  const { bytes } = await bundled(name.replace(/^dist\//, ""), ["./*", "../*"]);
  const text = Buffer.from(bytes)
    .toString()
    .replace(/import\{[^}]*\}from"[^"]*";|export\{[^}]*\};?/g, "");
  return { name, text };
}
