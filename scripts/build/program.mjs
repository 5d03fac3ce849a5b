// npm run build and npm run dev: the server and its libraries in a few files (docs/adr/0067).
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { TOP } from "../run.mjs";

const SOURCES = join(TOP, "src");
/** Modules that are started, or loaded by a script: by their paths below `src/`, and below the folder of the build. */
const ENTRIES = ["main", "serve", "cli", "cli/posthorn", "host/worker"];
/** The folder of what entries share or load later: as deep as the sources that name other files by relative paths. */
const SHARED = "program";
/** Programs of their own, which need nothing of the rest. */
const ALONE = ["sum.mjs", "walk.mjs"].map((name) => join("projections", "store", name));

/**
 * Another text for a source, by its path below `src/`: of a build that is to be another one.
 * @typedef {(file: string, text: string) => string} Alter
 */

/**
 * The options of the compiler, which checks no types.
 * @param {string} into Somewhere below a folder with `node_modules`: LMDB is native, and stays there.
 * @param {Alter} [alter]
 * @returns {import("esbuild").BuildOptions}
 */
export const program = (into, alter) => ({
  absWorkingDir: TOP,
  entryPoints: ENTRIES.map((name) => join("src", `${name}.ts`)),
  outbase: "src",
  outdir: into,
  chunkNames: `${SHARED}/[name]-[hash]`,
  bundle: true,
  splitting: true,
  external: ["lmdb"],
  platform: "node",
  format: "esm",
  target: "node20",
  // Names of functions and lines stay as they are written; src/trace.ts finds the sources of a stack.
  sourcemap: true,
  sourcesContent: false,
  // Libraries that are no ES modules ask for Node's own by `require`.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
  logLevel: "warning",
  plugins: alter === undefined ? [] : [altering(alter)],
});

/** @param {Alter} alter @returns {import("esbuild").Plugin} */
const altering = (alter) => ({
  name: "alter",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) =>
      path.startsWith(SOURCES)
        ? {
            contents: alter(
              relative(SOURCES, path).replaceAll("\\", "/"),
              readFileSync(path, "utf8"),
            ),
            loader: "ts",
          }
        : undefined,
    ),
});

/** Empties the folder of what a build before has left, and puts there what the program starts. @param {string} into */
export function furnish(into) {
  rmSync(join(into, SHARED), { recursive: true, force: true });
  for (const name of ALONE) {
    mkdirSync(dirname(join(into, name)), { recursive: true });
    cpSync(join(SOURCES, name), join(into, name));
  }
}

/** Builds the program. @param {string} into @param {Alter} [alter] */
export async function buildProgram(into, alter) {
  furnish(into);
  await build(program(into, alter));
}

const [, script = "", into] = process.argv;
if (into !== undefined && import.meta.url === pathToFileURL(script).href)
  await buildProgram(resolve(into));
