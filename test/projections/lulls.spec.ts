import { expect, onTestFinished, test, vi } from "vitest";
import { Lulls } from "../../src/projections/lulls.ts";
import { Runner } from "../../src/projections/runner.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import { folder } from "../support/folder.ts";
import { MemorySource } from "../support/stream.ts";
import { silent } from "../support/silent.ts";
import { entry } from "./traffic.mjs";

const story = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));

test("views of a stream that brings little gather four times as long, step by step, and go back when it brings more", () => {
  const lulls = new Lulls();
  const after = (...entries: number[]): number[] => entries.map((n) => lulls.after(n));
  expect(after(10, 999, 1)).toEqual([50, 50, 100]);
  expect(after(9, 1, 1)).toEqual([200, 200, 200]);
  expect(after(10, 400, 400)).toEqual([100, 50, 50]);
});

test("entries gather after a small commit, until a question wants to see them", async () => {
  const stream = new MemorySource();
  stream.store(...story(1, 10));
  const store = await ViewStore.open({ dir: folder(), log: silent });
  onTestFinished(() => store.close());
  const runner = await Runner.start(stream, store.table, silent);
  onTestFinished(() => runner.stop());
  await runner.ready;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  // This one is committed, and then the pause begins that only a question or the clock can end.
  stream.store(...story(11, 11));
  expect(await runner.atLeast(11)).toBe(true);
  stream.store(...story(12, 20));
  // The timer of the pause: nothing else has one.
  while (vi.getTimerCount() === 0) await new Promise((done) => setImmediate(done));
  expect(runner.applied).toBe(11);
  expect(await runner.atLeast(20)).toBe(true);
});

test("views that catch up make no pause: at the start, and behind a crowd that has come at once", async () => {
  const stream = new MemorySource();
  stream.batchMax = 1_000;
  stream.store(...story(1, 2_000));
  const store = await ViewStore.open({ dir: folder(), log: silent });
  onTestFinished(() => store.close());
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const runner = await Runner.start(stream, store.table, silent);
  onTestFinished(() => runner.stop());
  await runner.ready;
  // Nobody asks, and no clock goes on: only full batches make none wait.
  stream.store(...story(2_001, 4_000));
  while (runner.applied < 4_000) await new Promise((done) => setImmediate(done));
});
