/**
 * The entry of a stream with a given seq: two users who write to each other and read everything.
 * A function of the seq alone, so that two processes can tell the same story.
 * @param {number} seq
 * @returns {import("../../src/events/entry.ts").Entry}
 */
export function entry(seq) {
  const turn = Math.ceil(seq / 4);
  const [author, peer] = turn % 2 === 0 ? ["alice", "bob"] : ["bob", "alice"];
  const position = 4 * turn - 3;
  const message = { type: "MessageSent", author, to: peer, cid: `phone.${turn}`, body: `${turn}` };
  const receipt = { type: "MessageRead", author: peer, peer: author, upTo: position };
  const device = "phone";
  const at = 1_000_000 + seq;
  switch (seq - position) {
    case 0:
      return { kind: "fact", owner: author, seq, at, raw: JSON.stringify({ ...message, device }) };
    case 1: {
      const copy = { ...message, cause: position, position, sentAt: 1_000_000 + position };
      return { kind: "copy", owner: peer, seq, at, raw: JSON.stringify(copy) };
    }
    case 2:
      return { kind: "fact", owner: peer, seq, at, raw: JSON.stringify({ ...receipt, device }) };
    default: {
      const copy = { ...receipt, cause: seq - 1 };
      return { kind: "copy", owner: author, seq, at, raw: JSON.stringify(copy) };
    }
  }
}
