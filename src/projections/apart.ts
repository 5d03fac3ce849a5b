import { fileURLToPath } from "node:url";

// Programs that read a file of views in a process of their own, which may die of it. Their paths, like all of files beside the program, are
// those from a folder below its top: so they hold in the sources and in the build, which has most modules in one file (docs/adr/0067).

/** Goes through a file: `walk.mjs <folder> pages|rows`. */
export const WALK = fileURLToPath(new URL("../projections/store/walk.mjs", import.meta.url));
/** Adds its rows up: `sum.mjs <folder>`. */
export const SUM = fileURLToPath(new URL("../projections/store/sum.mjs", import.meta.url));
