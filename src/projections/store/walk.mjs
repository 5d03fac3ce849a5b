// A process that opens the views of a folder as LMDB does and walks over all that LMDB will trust, so that a damaged
// file ends this process and no other: `walk.mjs <folder>`. Exits with 0 when everything could be read.
import { ABORT, open } from "lmdb";

/** A row so large that LMDB has to look through its list of free pages for room. */
const LARGE_BYTES = 4 * 2 ** 20;
const DATABASES_MAX = 4_096;

const root = open({
  path: process.argv[2] ?? "",
  noSync: true,
  overlappingSync: false,
  maxDbs: DATABASES_MAX,
});

/** @param {{ getStats(): any }} db @param {number} count */
function expectAll(db, count) {
  const { entryCount } = db.getStats();
  if (entryCount !== count) throw new Error(`${count} of ${entryCount} rows can be found`);
}

const names = [...root.getKeys()].map(String);
expectAll(root, names.length);
let bytes = 0;
for (const name of names) {
  const db = root.openDB(name, { encoding: "binary" });
  let count = 0;
  for (const { value } of db.getRange()) {
    bytes += value.length;
    count++;
  }
  expectAll(db, count);
}
if (names[0] !== undefined) {
  const db = root.openDB(names[0], { encoding: "binary" });
  root.transactionSync(() => {
    db.putSync("~", Buffer.alloc(LARGE_BYTES));
    return ABORT;
  });
}
process.stdout.write(`${bytes}\n`);
// Nothing was written: there is nothing to close in order.
process.exit(0);
