// The cost of a message in the views: `node test/projections/cost.mjs [messages] [batch] [peers]` writes so many messages
// and their receipts, of 256 users with so many conversations each, in transactions of so many entries. Prints CPU of
// everything from JSON text to the committed transaction, and the size of the file. Runs the built program.
import { costing } from "./costing.mjs";
import { lifecycle } from "./lifecycle.mjs";

const [messages = 100_000, batch = 1_000, peers = 1] = process.argv.slice(2).map(Number);

const views = await costing(batch);
for (let n = 0; n < messages; n++) for (const entry of lifecycle(n, { peers })) views.put(entry);
const { micros, bytes } = views.spent();
const per = (/** @type {number} */ figure) => (figure / messages).toFixed(1);
process.stdout.write(`${per(micros)} µs and ${per(bytes)} bytes per message\n`);
await views.end();
