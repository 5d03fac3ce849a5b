// A process that holds the lock of the views' writers until its input ends: holder.mjs <dir>. Run with
// tsx. A process that commits meanwhile hangs inside LMDB.
import { readSync, writeSync } from "node:fs";
import { openFile } from "../../src/projections/store/store.ts";

const root = openFile(process.argv[2] ?? "");
root.transactionSync(() => {
  writeSync(1, "held\n");
  readSync(0, Buffer.alloc(1));
});
await root.close();
