import { expect, test } from "vitest";
import { deadLetters, deadletters } from "../../src/projections/views/deadletters.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { mailbox } from "../support/mailbox.ts";

test("[A7] entries that were left out are counted, those of bugs apart, and the newest hundred are kept", () => {
  const rows = new MemoryRows();
  expect(deadLetters(rows)).toEqual({ count: 0, bugs: 0, newest: [] });
  const alice = mailbox("alice");
  for (let seq = 1; seq <= 102; seq++)
    deadletters.leftOut(rows, alice.sent(seq, "bob"), {
      why: seq > 3 ? "unreadable" : "bug",
      reason: `reason ${seq}`,
    });
  const { count, bugs, newest } = deadLetters(rows);
  expect([count, bugs, newest.length]).toEqual([102, 3, 100]);
  expect(newest[0]).toEqual({ seq: 3, owner: "alice", why: "bug", reason: "reason 3" });
  expect(newest.at(-1)?.seq).toBe(102);
});
