import { afterAll, vi } from "vitest";

// Specs of one process come one behind the other: none finds the clock of the one before.
afterAll(() => void vi.useRealTimers());
