import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Growth, Quiet } from "../../src/host/memory.ts";
import { silent } from "../support/silent.ts";
import { PATIENCE } from "../support/patience.ts";

const MIB = 2 ** 20;

const heap = (): number => process.memoryUsage().heapTotal;

/** Grows the heap by so many MiB, with more pauses than work, and leaves nothing behind. */
async function work(mib: number): Promise<void> {
  const goal = heap() + mib * MIB;
  let kept: number[][] = [];
  while (heap() < goal) {
    for (let i = 0; i < 200; i++) kept.push(Array.from({ length: 1_000 }, (_, n) => n));
    await vi.waitFor(() => undefined, { interval: 10 });
    await new Promise((done) => setImmediate(done));
  }
  kept = [];
}

test("[O6] a thread that has grown and is quiet gives its heap back, however little it was busy", async () => {
  const quiet = new Quiet(silent);
  onTestFinished(() => quiet.stop());
  quiet.start();
  await work(128);
  const peak = heap();
  expect(await vi.waitUntil(() => heap() < peak - 64 * MIB, PATIENCE)).toBe(true);
});

describe("a collection is due", () => {
  /** A thread that is looked at once in a second; its heap in MiB. */
  const thread = () => {
    const growth = new Growth();
    let now = 0;
    return (mib: number, utilization = 0.01): boolean =>
      growth.isDue({ now: (now += 1_000), utilization, heap: mib * MIB });
  };

  test("once the thread is quiet after its start, which leaves much behind", () => {
    const look = thread();
    expect([look(50, 0.9), look(50), look(50), look(50), look(51)]).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  test("once the thread has grown and is quiet for two looks", () => {
    const look = thread();
    look(50);
    expect([look(120, 0.3), look(300, 0.3), look(300), look(300)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  test("not while there is work", () => {
    const look = thread();
    look(50);
    expect(Array.from({ length: 30 }, () => look(300, 0.2))).not.toContain(true);
  });

  test("not for what a collection has left: that is in use", () => {
    const look = thread();
    look(50, 0.3);
    look(300);
    expect(look(300)).toBe(true);
    expect(Array.from({ length: 30 }, () => look(290))).not.toContain(true);
    expect(look(310)).toBe(true);
  });

  test("after each time of growth, ten seconds apart at least", () => {
    const look = thread();
    look(50);
    let collections = 0;
    for (let second = 0; second < 60; second++)
      if (look(second % 3 === 0 ? 60 : 300)) collections++;
    expect(collections).toBeGreaterThanOrEqual(5);
    expect(collections).toBeLessThanOrEqual(6);
  });
});
