// Hooks of Node's loader: the files of a broken build are changed as they are loaded.
import { BUILDS } from "./builds.mjs";

/** @type {readonly import("./builds.mjs").Change[]} */
let changes = [];

/** A text, however it is broken into lines. @param {string} text */
const spaced = (text) =>
  new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "\\s+"));

/** @param {string} name */
export function initialize(name) {
  changes = BUILDS[name]?.changes ?? [];
}

/**
 * @param {string} url
 * @param {object} context
 * @param {(url: string, context: object) => Promise<{ source?: unknown }>} next
 * @throws {Error} when a file no longer has what is to be changed: such a run would show nothing.
 */
export async function load(url, context, next) {
  const loaded = await next(url, context);
  const own = changes.filter(({ file }) => url.endsWith(`/dist/${file}.js`));
  if (own.length === 0) return loaded;
  let source = String(loaded.source);
  for (const { file, text, by } of own) {
    const parts = source.split(spaced(text));
    if (parts.length !== 2) throw new Error(`${file} has not once: ${text}`);
    source = parts.join(by);
  }
  return { ...loaded, source };
}
