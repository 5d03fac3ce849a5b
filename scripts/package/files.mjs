import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TOP } from "../run.mjs";
import { double, DOUBLE } from "./double.mjs";

/** The modules that a built one, or its types, name. */
const NAMED = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;

/**
 * The package.json of the checkout, as far as the package is made of it.
 * @typedef {{ version: string, exports: Record<string, string | Record<string, string>>, dependencies: Record<string, string>, peerDependencies: Record<string, string>, peerDependenciesMeta: Record<string, object> } & Record<string, unknown>} Manifest
 */

/**
 * All files that the entries lead to, with their text as it is packed, and the packages they need.
 * @param {Manifest["exports"]} entries
 */
export function closure(entries) {
  /** @type {Map<string, string>} */
  const files = new Map();
  /** @type {Set<string>} */
  const packages = new Set();
  const walk = (/** @type {string} */ name) => {
    if (files.has(name)) return;
    const text = name === DOUBLE ? double() : packed(name);
    files.set(name, text);
    if (name === DOUBLE) return;
    for (const [, target = ""] of text.matchAll(NAMED)) {
      const ending = name.endsWith(".d.ts") ? ".d.ts" : ".js";
      if (target.startsWith(".")) walk(join(dirname(name), target).replace(/\.js$/, ending));
      else if (!target.startsWith("node:")) packages.add(packageOf(target));
    }
  };
  for (const entry of Object.values(entries))
    if (typeof entry === "object") for (const file of Object.values(entry)) walk(join(file));
  return { files, packages };
}

/** The package of a module: `preact` of `preact/hooks`. @param {string} target */
const packageOf = (target) =>
  target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");

/** Without its source map, whose sources are not packed; types name modules as others find them. @param {string} name */
function packed(name) {
  const text = readFileSync(join(TOP, name), "utf8").replace(/^\/\/# sourceMappingURL=.*\n?/m, "");
  return name.endsWith(".d.ts") ? text.replace(/("\.[^"]*)\.ts"/g, '$1.js"') : text;
}
