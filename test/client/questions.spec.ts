import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Requests } from "../../src/client/connection/requests.ts";
import { STRIKES_MAX } from "../../src/gateway/session/blame.ts";
import { Counting } from "./counting.ts";
import { pass } from "./devices.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const asks = (device: Requests): void => {
  for (let n = 0; n < 100; n++) void device.ask("status", { id: `alice:${n}` });
};

test("[V7] a device that has a hundred questions at once asks no faster than the server takes them", async () => {
  const counting = new Counting();
  asks(counting.device());
  await pass(1_000);
  expect(counting.answered).toBeGreaterThan(40);
  await pass(5_000);
  expect(counting.answered).toBe(100);
  expect(counting.codes).toEqual([]);
});

test("[V7] beside other devices of the user it waits behind each refusal, and is never cut off", async () => {
  const counting = new Counting();
  for (let n = 0; n < 3; n++) asks(counting.device());
  for (let s = 0; counting.answered < 300; s += 25) {
    expect(s).toBeLessThan(75);
    const before = counting.codes.length;
    await pass(25_000);
    // A ping of each device ends its row of refusals.
    expect(counting.codes.length - before).toBeLessThan(3 * STRIKES_MAX);
  }
});

test("questions that wait for their turn are lost with the connection", async () => {
  const device = new Counting().device();
  const all = Array.from({ length: 50 }, (_, n) => device.ask("status", { id: `alice:${n}` }));
  const ends = Promise.allSettled(all);
  device.stop();
  expect((await ends).every(({ status }) => status === "rejected")).toBe(true);
  expect(device.isOwed).toBe(false);
});
