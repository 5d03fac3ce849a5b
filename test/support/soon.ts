import { vi } from "vitest";
import { PATIENCE } from "./patience.ts";

/** Waits until what is expected holds; on a busy machine a second is too short. */
export const soon = (holds: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(holds, { ...PATIENCE, interval: 10 });
