import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTold } from "../../src/nats/read/told.ts";
import { headOf, message } from "./answers.ts";

const entry = { subject: "fact.7.19.alice", seq: 12, pending: 3, before: 9 };
const told = {
  stream: "MAILBOX_0",
  subject: "fact.7.19.alice",
  seq: 12,
  time: "2026-01-01T00:00:00.5Z",
  pending: 3,
  before: 9,
};

describe("the words of the broker about an entry", () => {
  test("are read from behind those that it was stored with", () => {
    expect(readTold(message("i.1", headOf(entry), "{}"))).toEqual(told);
    const own = ["Nats-Msg-Id: f:alice:a.1", "Nats-Sequence: 99", "Nats-Stream: ELSEWHERE"];
    expect(readTold(message("i.1", headOf({ ...entry, own }), '{"a":"é"}'))).toEqual(told);
  });

  test("are read in whatever order they come", () => {
    const [first, ...lines] = headOf(entry).split("\r\n");
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
        const head = [first, ...shuffled].join("\r\n");
        expect(readTold(message("i.1", head, "{}"))).toEqual(told);
      }),
    );
  });

  test("are none at the end of an answer", () => {
    const end = "NATS/1.0 204 EOB\r\nNats-Num-Pending: 0\r\nNats-Last-Sequence: 12";
    expect(readTold(message("i.1", end))).toBeUndefined();
    expect(readTold(message("i.1", "NATS/1.0 404 No Results"))).toBeUndefined();
  });
});
