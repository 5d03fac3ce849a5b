// A process that opens the views of a folder as LMDB does and walks over all that LMDB will trust, so that a damaged
// file ends this process and no other: `walk.mjs <folder> pages|rows`. Exits with 0 when all pages are in their places,
// and with `rows` every row could be read.
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
const isThorough = process.argv[3] === "rows";
for (const name of names) {
  const db = root.openDB(name, { encoding: "binary" });
  // Counted inside of LMDB, which goes from row to row and looks into none: 0.3 s per GiB.
  expectAll(db, db.getCount({}));
  // Copied out one by one: 4 s per GiB.
  if (!isThorough) continue;
  let count = 0;
  for (const { value } of db.getRange()) if (value.length >= 0) count++;
  expectAll(db, count);
}
if (names[0] !== undefined) {
  const db = root.openDB(names[0], { encoding: "binary" });
  root.transactionSync(() => {
    db.putSync("~", Buffer.alloc(LARGE_BYTES));
    return ABORT;
  });
}
// Nothing was written: there is nothing to close in order.
process.exit(0);
