// The cost of a message in the views: `node test/projections/cost.mjs [messages] [batch] [peers]` writes so many messages
// and their receipts, of 256 users with so many conversations each, in transactions of so many entries. Prints CPU of
// everything from JSON text to the committed transaction, and the size of the file. Runs the built program.
import { costing } from "./costing.mjs";

const [messages = 100_000, batch = 1_000, peers = 1] = process.argv.slice(2).map(Number);
const USERS = 256;
const BODY =
  "The quick brown fox jumps over the lazy dog, and what it says is as long as what people write. ".padEnd(
    120,
    ".",
  );

/** Entries of the n-th message: fact and copy, then fact and copy of its being read. */
function* lifecycle(/** @type {number} */ n) {
  const from = n % USERS;
  // With one peer each: pairs, of whom either writes to the other.
  const to = from ^ (1 + (Math.floor(n / USERS) % peers));
  const [author, peer] = [`user-${from}`, `user-${to}`];
  const position = 4 * n + 1;
  const at = 1_795_000_000_000 + n;
  const cid = `aB3_x-${from}.${Math.floor(n / USERS) + 1}`;
  const message = { type: "MessageSent", author, to: peer, cid, body: BODY, device: "phone" };
  const read = { type: "MessageRead", author: peer, peer: author, upTo: position };
  yield { kind: "fact", owner: author, seq: position, at, raw: JSON.stringify(message) };
  const copy = { ...message, device: undefined, cause: position, position, sentAt: at };
  yield { kind: "copy", owner: peer, seq: position + 1, at, raw: JSON.stringify(copy) };
  const fact = { ...read, device: "phone" };
  yield { kind: "fact", owner: peer, seq: position + 2, at: at + 20, raw: JSON.stringify(fact) };
  const told = { ...read, cause: position + 2 };
  yield { kind: "copy", owner: author, seq: position + 3, at: at + 21, raw: JSON.stringify(told) };
}

const views = await costing(batch);
for (let n = 0; n < messages; n++) for (const entry of lifecycle(n)) views.put(entry);
const { micros, bytes } = views.spent();
const per = (/** @type {number} */ figure) => (figure / messages).toFixed(1);
process.stdout.write(`${per(micros)} µs and ${per(bytes)} bytes per message\n`);
await views.end();
