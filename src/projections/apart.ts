import { fileURLToPath } from "node:url";

// Programs that read a file of views in a process of their own, which may die of it. The build has this module in a chunk in `program/`
// (docs/adr/0067), the sources have it in `projections/`: both lie one folder below the top, so a path that begins with `../` holds in both.

/** Goes through a file: `walk.mjs <folder> pages|rows`. */
export const WALK = fileURLToPath(new URL("../projections/store/walk.mjs", import.meta.url));
/** Adds its rows up: `sum.mjs <folder>`. */
export const SUM = fileURLToPath(new URL("../projections/store/sum.mjs", import.meta.url));
