import type { ServerFrame } from "../../protocol/frames/frame.ts";

/** A timer's range: what is longer would be over at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;
/** No wait that a server names is longer. */
const RETRY_AFTER_MAX_MS = 600_000;

/** A wait within bounds, whatever the server says. */
export const boundedWait = (ms: number): number => Math.min(RETRY_AFTER_MAX_MS, Math.max(0, ms));

/** A refusal whose wait is within bounds. */
export function bounded(frame: ServerFrame): ServerFrame {
  if (frame.t !== "error" || frame.retryAfterMs === undefined) return frame;
  return { ...frame, retryAfterMs: boundedWait(frame.retryAfterMs) };
}
