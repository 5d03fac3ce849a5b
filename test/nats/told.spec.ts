import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readEnvelope, readTold } from "../../src/nats/read/told.ts";
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

describe("the envelope of a group's fact", () => {
  const read = (own: string[]) => readEnvelope(message("i.1", headOf({ ...entry, own }), "{}"));

  test("says whose membership the fact ends, and which one before it ended one", () => {
    expect(read(["Posthorn-Ended: bob", "Posthorn-Ended-Before: 7"])).toEqual({
      ended: "bob",
      endedBefore: 7,
    });
    expect(read(["Posthorn-Ended-Before: 7"])).toEqual({ endedBefore: 7 });
  });

  test("is empty while nobody's has ended", () =>
    expect(read(["Nats-Expected-Last-Subject-Sequence: 3"])).toEqual({}));
});
