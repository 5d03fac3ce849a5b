import type { ServerFrame } from "../../protocol/frames/frame.ts";

/** No wait is longer: a timer's range ends at 2^31 ms. */
const RETRY_AFTER_MAX_MS = 600_000;

/** A refusal whose wait is within bounds, whatever the server says. */
export function bounded(frame: ServerFrame): ServerFrame {
  if (frame.t !== "error" || frame.retryAfterMs === undefined) return frame;
  return { ...frame, retryAfterMs: Math.min(RETRY_AFTER_MAX_MS, Math.max(0, frame.retryAfterMs)) };
}
