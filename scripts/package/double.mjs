import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { TOP } from "../run.mjs";

/** The built double of the server, which is packed as one module. */
export const DOUBLE = "dist/testing/testing.js";

/** Packages that are in it. */
const INSIDE = ["zod", "immer"];

/**
 * The double in one module, for Node, with all that it is made of: an app's tests need no package of the server's. The
 * licences of the packages in it stand first.
 */
export function double() {
  const licence = (/** @type {string} */ name) =>
    `${name}\n\n${readFileSync(join(TOP, "node_modules", name, "LICENSE"), "utf8").trim()}`;
  const { outputFiles } = buildSync({
    entryPoints: [join(TOP, DOUBLE)],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    write: false,
    banner: { js: `/*!\nContains:\n\n${INSIDE.map(licence).join("\n\n")}\n*/` },
  });
  return outputFiles[0]?.text ?? "";
}
