import { expect, test } from "vitest";
import { readAbreast } from "../../src/audit/abreast.ts";
import { mailbox } from "../support/mailbox.ts";
import { MemorySource } from "../support/stream.ts";

const HOUR_MS = 3_600_000;

/** A stream with an entry of each of these hours. */
function streamOf(name: string, hours: readonly number[]): MemorySource {
  const source = new MemorySource(name);
  source.batchMax = 1;
  for (const [i, hour] of hours.entries())
    source.store({ ...mailbox("ann").opened(i + 1), at: hour * HOUR_MS });
  return source;
}

test("streams are read side by side to their ends, none far ahead of another", async () => {
  const sources = [streamOf("A", [1, 2, 3, 9]), streamOf("B", [1, 5, 9, 9]), streamOf("C", [])];
  const ends = [4, 3, 0];
  const hours: number[] = [];
  await readAbreast(
    sources.map((source, i) => ({ source, end: ends[i]! })),
    ({ at }) => void hours.push(at / HOUR_MS),
  );
  expect(hours).toEqual([1, 1, 2, 3, 5, 9, 9]);
});

test("an error at one stream ends the reading of all", async () => {
  const sources = [streamOf("A", [1, 9]), streamOf("B", [1, 2, 3])];
  const reading = readAbreast(
    sources.map((source) => ({ source, end: 3 })),
    ({ at }, i) => {
      if (i === 1 && at === 2 * HOUR_MS) throw new Error("not this one");
    },
  );
  await expect(reading).rejects.toThrow("not this one");
});
