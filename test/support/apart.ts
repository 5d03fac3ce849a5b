import fc from "fast-check";
import { afterAll, vi } from "vitest";

// The same histories at each run: a property that is red once is red again. Another seed draws others.
// A list is drawn as long as its property says, not of ten at most, which is what the library takes a bound to mean.
fc.configureGlobal({
  seed: Number(process.env["PROPERTY_SEED"] ?? 1),
  defaultSizeToMaxWhenMaxSpecified: true,
});

// Specs of one process come one behind the other: none finds the clock of the one before.
afterAll(() => void vi.useRealTimers());
