import { stat } from "node:fs";
import { expect, test, vi } from "vitest";
import type { Keeper } from "../../src/actors/generations/keeper.ts";
import { snapshots } from "../../src/actors/generations/snapshots.ts";
import type { Texts } from "../../src/actors/ports.ts";
import { Stream } from "./stream.ts";

/** Longer than a snapshot is waited for. */
const STOOD_STILL_MS = 1_050;

test("a snapshot that came while the process stood still is taken, and those behind it are asked for", async () => {
  let asked = 0;
  const load: Texts["load"] = () =>
    new Promise((resolve) => {
      asked++;
      // As an answer of the broker comes: read by the loop behind its timers.
      stat(".", () => resolve({ text: undefined, at: 7 }));
    });
  const keeper = { elapsed: () => performance.now() } as Keeper;
  const save = async (): Promise<number> => 0;
  const own = snapshots({ load, save }, keeper, new Stream(0));
  const loading = own.load("alice", 1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STOOD_STILL_MS);
  expect((await loading).at).toBe(7);
  expect((await own.load("bob", 1)).at).toBe(7);
  expect(asked).toBe(2);
});

test("[N6] while snapshots come, each is waited for, and without any for a second none is", async () => {
  vi.useFakeTimers();
  try {
    const since = performance.now();
    const elapsed = (): number => performance.now() - since;
    const answers: (() => void)[] = [];
    const load: Texts["load"] = (owner) =>
      new Promise((resolve) => {
        answers.push(() => resolve({ text: undefined, at: Number(owner) }));
      });
    const own = snapshots({ load, save: async () => 0 }, { elapsed } as Keeper, new Stream(0));
    const places = Promise.all(Array.from({ length: 25 }, (_, i) => own.load(`${i + 1}`, 1)));
    for (const answer of answers.slice(0, 20)) {
      await vi.advanceTimersByTimeAsync(300);
      answer();
    }
    await vi.advanceTimersByTimeAsync(2_000);
    const expected = Array.from({ length: 25 }, (_, i) => (i < 20 ? i + 1 : 0));
    expect((await places).map(({ at }) => at)).toEqual(expected);
  } finally {
    vi.useRealTimers();
  }
});

test("[N6] whether the log has the entry that many snapshots stand on is asked once, and again where it has not", async () => {
  const asked: number[] = [];
  const instantAt = async (seq: number): Promise<string | undefined> => {
    asked.push(seq);
    return seq === 5 ? "5" : "other";
  };
  const log = Object.assign(new Stream(0), { instantAt, end: async () => 9 });
  const texts = { load: async () => ({ text: undefined, at: 0 }), save: async () => 0 };
  const own = snapshots(texts, { elapsed: () => 0 } as Keeper, log);
  const on = { position: 5, at: "5" };
  expect(await Promise.all([own.isThere(on), own.isThere(on)])).toEqual([true, true]);
  expect(await own.isThere({ ...on })).toBe(true);
  expect(asked).toEqual([5]);
  const not = { position: 6, at: "6" };
  expect([await own.isThere(not), await own.isThere(not)]).toEqual([false, false]);
  expect(asked).toEqual([5, 6, 6]);
});
