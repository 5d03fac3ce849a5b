// A message of 120 bytes that is read, as its entries lie in the log.

const USERS = 256;
const BODY =
  "The quick brown fox jumps over the lazy dog, and what it says is as long as what people write. ".padEnd(
    120,
    ".",
  );

/**
 * Entries of the n-th message: fact and copy, then fact and copy of its being read.
 * @param {number} n
 * @param {{ peers?: number, users?: number }} [among] so many write, each to so many
 * @returns {Generator<import("../../src/events/entry.ts").Entry>}
 */
export function* lifecycle(n, { peers = 1, users = USERS } = {}) {
  const from = n % users;
  // With one peer each: pairs, of whom either writes to the other.
  const to = from ^ (1 + (Math.floor(n / users) % peers));
  const [author, peer] = [`user-${from}`, `user-${to}`];
  const position = 4 * n + 1;
  const at = 1_795_000_000_000 + n;
  const cid = `aB3_x-${from}.${Math.floor(n / users) + 1}`;
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
