// A process that holds the locks of the views' writers until its input ends: holder.mjs <dir>... Run with
// tsx. A process that commits meanwhile hangs inside LMDB.
import { readSync, writeSync } from "node:fs";
import { openFile } from "../../src/projections/store/store.ts";

/** @param {readonly string[]} dirs @returns {void} */
function hold([dir, ...rest]) {
  if (dir !== undefined) return openFile(dir).transactionSync(() => hold(rest));
  writeSync(1, "held\n");
  readSync(0, Buffer.alloc(1));
}

hold(process.argv.slice(2));
process.exit(0);
