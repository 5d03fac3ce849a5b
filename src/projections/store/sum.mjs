// A process that adds up the rows of a stream's views as they are at one moment, while another process goes on writing them:
// `sum.mjs <folder>`. Says `{"seq":…}` when it has that moment, and `{"rows":…,"sum":"…"}` at the end. A damaged file ends this
// process and no other.
import { open } from "lmdb";

/** @type {import("lmdb").RootDatabaseOptions} */
const ENCODING = { encoder: { useRecords: false } };

const root = open({ path: process.argv[2] ?? "", readOnly: true, maxDbs: 2, ...ENCODING });
const rows = root.openDB("rows", ENCODING);
const bytes = root.openDB("rows", { encoding: "binary" });

/** @param {object} word */
const say = (word) => process.stdout.write(`${JSON.stringify(word)}\n`);

// Both are of one turn, and so of the same moment.
const transaction = root.useReadTransaction();
say({ seq: rows.get("checkpoint")?.seq });

let low = 0x9e3779b1;
let high = 0x85ebca6b;
/** Four bytes at a time: two numbers, of which each bit depends on all that came before. @param {number} word */
function take(word) {
  low = Math.imul(low ^ word, 0x9e3779b1);
  low ^= low >>> 15;
  high = Math.imul(high ^ word ^ low, 0x85ebca6b);
  high ^= high >>> 13;
}

let count = 0;
for (const { key, value } of bytes.getRange({ transaction })) {
  const name = String(key);
  if (name === "checkpoint") continue;
  count++;
  take(name.length);
  for (let i = 0; i < name.length; i++) take(name.charCodeAt(i));
  take(value.length);
  let i = 0;
  for (; i + 4 <= value.length; i += 4) take(value.readInt32LE(i));
  for (; i < value.length; i++) take(value[i] ?? 0);
}
const hex = (/** @type {number} */ number) => (number >>> 0).toString(16).padStart(8, "0");
say({ rows: count, sum: `${hex(high)}${hex(low)}` });
transaction.done();
