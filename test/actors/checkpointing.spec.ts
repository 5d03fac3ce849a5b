import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkpointing } from "../../src/actors/checkpointing.ts";
import { silent } from "../support/silent.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([
  [0, [200, 400, 600, 800, 1_000]],
  [20, [200, 400, 600, 800, 1_000]],
  // Seven times as long behind its end, at the next turn.
  [100, [200, 1_000, 1_800]],
  // A second behind its end.
  [900, [200, 2_200, 4_200]],
])(
  "a checkpoint that takes %i ms to be saved is saved at %j ms: the longer it takes, the less often",
  async (tookMs, at) => {
    const begun: number[] = [];
    let now = 0;
    const save = async (): Promise<void> => {
      begun.push(now);
      now += tookMs;
    };
    const timer = checkpointing(save, () => now, silent);
    for (let turn = 200; turn <= at.at(-1)!; turn += 200) {
      now = Math.max(now, turn);
      await vi.advanceTimersByTimeAsync(200);
    }
    clearInterval(timer);
    expect(begun).toEqual(at);
  },
);

test("a checkpoint that could not be saved is saved at the next turn", async () => {
  const save = vi.fn<() => Promise<void>>(() => Promise.reject(new Error("no leader")));
  const timer = checkpointing(save, () => performance.now(), silent);
  await vi.advanceTimersByTimeAsync(601);
  clearInterval(timer);
  expect(save).toHaveBeenCalledTimes(3);
});
