import { expect, test } from "vitest";
import { Halt } from "../../src/projections/halt.ts";
import { entry } from "./traffic.mjs";

const entries = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));
const seqs = async (next: ReturnType<Halt["next"]>): Promise<number[]> =>
  (await next).map(({ seq }) => seq);

test("[V14] views that are to stand still at a seq have all up to there, and take nothing more until what is done there is over", async () => {
  const halt = new Halt();
  let goOn = (): void => undefined;
  let began = 0;
  const work = () => {
    began++;
    return new Promise<void>((done) => (goOn = done));
  };
  expect(halt.at(4, 5, work)).toBe(false);
  expect(halt.at(4, 1, work)).toBe(true);
  expect(halt.at(9, 1, work)).toBe(false);
  expect(await seqs(halt.next(entries(2, 9), 2))).toEqual([2, 3]);
  halt.reached(3);
  expect(await seqs(halt.next(entries(4, 9), 1_000))).toEqual([4]);
  expect(began).toBe(0);
  halt.reached(4);
  expect(began).toBe(1);
  let isTaken = false;
  const next = halt.next(entries(5, 9), 1_000).finally(() => (isTaken = true));
  await Promise.resolve();
  expect(isTaken).toBe(false);
  goOn();
  expect(await seqs(next)).toEqual([5, 6, 7, 8, 9]);
});

test("[V14] a seq without an entry is where the next one is about to come, and one that is reached already is now", async () => {
  const halt = new Halt();
  const at: string[] = [];
  halt.at(4, 3, async () => void at.push("hole"));
  expect(await seqs(halt.next([entry(5), entry(6)], 1_000))).toEqual([5, 6]);
  halt.at(6, 6, async () => void at.push("now"));
  halt.at(8, 6, async () => void at.push("never"));
  halt.cancel();
  expect(await seqs(halt.next(entries(7, 9), 1_000))).toEqual([7, 8, 9]);
  expect(at).toEqual(["hole", "now"]);
});
