import { expect, test } from "vitest";
import { TRAIL_MAX, type Highest, type Taken } from "../../src/events/record.ts";
import { trailed } from "../../src/nats/kv/trail.ts";
import { at } from "../actors/stream.ts";

/** Two records, and the characters that were written to them. */
function slots() {
  const texts: Record<"brief" | "older", string | undefined> = {
    brief: undefined,
    older: undefined,
  };
  let written = 0;
  const slot = (name: "brief" | "older") => ({
    read: async (): Promise<unknown> => texts[name] && JSON.parse(texts[name]),
    write: async (value: object): Promise<void> => {
      texts[name] = JSON.stringify(value);
      written += texts[name].length;
    },
  });
  const all = { brief: slot("brief"), older: slot("older") };
  return { ...all, texts, make: () => trailed(all.brief, all.older), written: () => written };
}

const taken = (n: number): Taken => ({ position: n, at: at(n) });
const upTo = (n: number, from = 1): Taken[] =>
  Array.from({ length: n - from + 1 }, (_, i) => taken(from + i));
const highest = (trail: Taken[]): Highest => ({
  epoch: "life",
  marks: [],
  trail,
  ...(trail.length > 0 && { anchor: trail.at(-1)! }),
});

test("[L6] the highest anchor is read with the trail with which it was saved, by whichever process, however long that is", async () => {
  const { make } = slots();
  let owner = make();
  for (let n = 1; n <= 3 * TRAIL_MAX; n++) {
    const saved = highest(upTo(n, Math.max(1, n - TRAIL_MAX + 1)));
    await owner.saveHighest(saved);
    if (n % 7 > 0) continue;
    const read = await make().highest();
    expect(read).toMatchObject({ ...saved, trail: expect.anything() });
    expect(read!.trail.slice(-saved.trail.length)).toEqual(saved.trail);
    if (n % 5 === 0) await (owner = make()).highest();
  }
});

test("[L6] a long trail is seldom saved as a whole: an anchor more costs a tenth of it", async () => {
  const { make, texts, written } = slots();
  const owner = make();
  await owner.saveHighest(highest(upTo(TRAIL_MAX)));
  const [before, whole] = [written(), texts.older!.length];
  for (let n = 1; n <= 100; n++) await owner.saveHighest(highest(upTo(TRAIL_MAX + n, n)));
  expect((written() - before) / 100).toBeLessThan(whole / 8);
});

test("[L6] a trail that begins anew has nothing of the one before, which lies there still", async () => {
  const { make, texts } = slots();
  const owner = make();
  await owner.saveHighest(highest(upTo(40)));
  await owner.saveHighest(highest([]));
  expect(texts.older).toBeDefined();
  expect((await make().highest())!.trail).toEqual([]);
  await owner.saveHighest(highest([taken(50)]));
  expect((await make().highest())!.trail).toEqual([taken(50)]);
});

test("[L6] of a trail to which an owner of before has added, that part counts on which the highest anchor does", async () => {
  const { make, older } = slots();
  const owner = make();
  await owner.saveHighest(highest(upTo(40)));
  await owner.saveHighest(highest(upTo(41)));
  await older.write(upTo(60));
  expect((await make().highest())!.trail).toEqual(upTo(41));
});
