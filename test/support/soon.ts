import { vi } from "vitest";

/** Waits until what is expected holds; on a busy machine a second is too short. */
export const soon = (holds: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(holds, { timeout: 15_000, interval: 10 });
