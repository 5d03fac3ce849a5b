import type { Invariant } from "./invariant.ts";

/** Several times what a process of this load has: one that grows without a bound gets there, one that is busy does not. */
const BYTES_MAX = 600 * 1024 * 1024;

/** I13: no process grows beyond its budget. */
export const memory: Invariant = {
  id: "I13",
  promise: "memory stays within its bounds",
  breaches({ lines }) {
    const peaks = new Map<string, number>();
    for (const line of lines)
      if (line.what === "memory")
        peaks.set(line.process, Math.max(peaks.get(line.process) ?? 0, line.bytes));
    return [...peaks]
      .filter(([, bytes]) => bytes > BYTES_MAX)
      .map(([process, bytes]) => `${process} had ${Math.round(bytes / 2 ** 20)} MiB`);
  },
};
