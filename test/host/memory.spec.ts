import { onTestFinished, expect, test, vi } from "vitest";
import { Quiet } from "../../src/host/memory.ts";
import { silent } from "../support/silent.ts";

const MIB = 2 ** 20;
const BUSY_MS = 2_500;
const PATIENCE = { timeout: 14_000 };

/** Works without a pause, for a while and until the heap has grown, and leaves nothing behind. */
function work(): void {
  const kept: number[][] = [];
  const began = performance.now();
  const hasGrown = (): boolean => process.memoryUsage().heapTotal > 128 * MIB;
  while (performance.now() < began + BUSY_MS || !hasGrown()) {
    kept.push(Array.from({ length: 1_000 }, (_, i) => i));
    if (kept.length > 20_000) kept.length = 0;
  }
}

test("a thread that was busy and is quiet gives its heap back", async () => {
  const quiet = new Quiet(silent);
  onTestFinished(() => quiet.stop());
  quiet.start();
  await new Promise(setImmediate);
  work();
  const peak = process.memoryUsage().heapTotal;
  const hasGiven = (): boolean => process.memoryUsage().heapTotal < peak - 64 * MIB;
  expect(await vi.waitUntil(hasGiven, PATIENCE)).toBe(true);
});
