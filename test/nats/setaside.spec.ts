import { pino, stdSerializers } from "pino";
import { expect, test } from "vitest";
import type { DeadLetters } from "../../src/actors/ports.ts";
import type { Entry } from "../../src/events/entry.ts";
import { deadLetters } from "../../src/nats/publish/copies.ts";
import type { Publisher } from "../../src/nats/publish/publisher.ts";

test("[A7] entries that are set aside are all kept in the list, and ten a minute are said, with how many there were", () => {
  const lines: { msg: string; count?: number }[] = [];
  const log = pino(
    { serializers: { error: stdSerializers.err } },
    { write: (line) => void lines.push(JSON.parse(line)) },
  );
  const kept: string[] = [];
  const publish = (_: string, letter: string) => Promise.resolve(void kept.push(letter));
  const list: DeadLetters = deadLetters({ publish } as unknown as Publisher, "MAILBOX_0", log);
  const of = (seq: number): Entry => ({ kind: "fact", owner: "alice", seq, at: 0, raw: "{" });
  for (let seq = 1; seq <= 500; seq++) {
    list.deadLetter(of(seq), { why: "unreadable", reason: "no JSON" });
    list.deadLetter(of(seq), { why: "bug", reason: "TypeError" }, new TypeError("no peer"));
  }
  expect(kept).toHaveLength(1_000);
  const said = lines.filter(({ msg }) => msg === "entry set aside");
  expect(said).toHaveLength(10);
  expect(said[9]).toMatchObject({ why: "bug", count: 5 });
  const bugs = lines.filter(({ msg }) => msg === "bug: a rule of actors failed");
  expect(bugs).toHaveLength(10);
  expect(bugs[0]).toMatchObject({ owner: "alice", seq: 1, error: { message: "no peer" } });
});
