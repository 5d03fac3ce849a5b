import { expect, onTestFinished, test, vi } from "vitest";
import { Watchdog } from "../../src/client/connection/watchdog.ts";

test("a look at a socket that comes late, behind a sleep or a standstill, judges nothing before what came meanwhile is read", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let now = 0;
  const ill: string[] = [];
  const watchdog = new Watchdog({
    elapsed: () => now,
    limits: () => undefined,
    asking: () => false,
    ping: () => undefined,
    ill: (why) => void ill.push(why),
  });
  watchdog.start();
  onTestFinished(() => watchdog.stop());
  const look = (atMs: number): void => {
    now = atMs;
    vi.advanceTimersByTime(2_000);
  };
  watchdog.compare(2, 1, false);
  look(30_000);
  expect(ill).toEqual([]);
  watchdog.heard();
  watchdog.compare(2, 2, true);
  look(60_000);
  expect(ill).toEqual(["idle"]);
  // A page that is hidden is late each time: every second look judges.
  look(90_000);
  look(120_000);
  expect(ill).toEqual(["idle", "idle"]);
});
