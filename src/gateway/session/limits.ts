/** What a gateway allows; most have a setting (docs/operations.md). Rates are per second. */
export interface GatewayLimits {
  readonly sendsPerSecond: number;
  readonly sendsBurst: number;
  readonly framesPerSecond: number;
  readonly framesBurst: number;
  readonly typingPerSecond: number;
  readonly hellosPerSecond: number;
  readonly hellosBurst: number;
  readonly socketsPerUser: number;
  /** Sockets of one address that have not said hello. */
  readonly greetingPerAddress: number;
  readonly watches: number;
  /** Sends of one session that wait to be stored. */
  readonly pendingSends: number;
  /** Bytes waiting for one socket to read them. */
  readonly queueBytes: number;
  readonly resumeEntries: number;
  readonly helloMs: number;
  readonly heartbeatMs: number;
  readonly idleMs: number;
  readonly onlineMs: number;
}

/**
 * A token bucket, `burst` at once and `perSecond` on the long run, as one number: when it will be
 * full again, ms since 1970 (the generic cell rate algorithm). 0 = full.
 */
export type Bucket = number;

/** A time of 13 digits leaves so little behind the point that sums of it are off by less than this. */
const ROUNDING_MS = 0.01;

/** Takes one token: the bucket after it, and how long to wait when there was none. */
export function draw(
  bucket: Bucket,
  now: number,
  perSecond: number,
  burst: number,
): { bucket: Bucket; retryAfterMs: number } {
  const burstMs = (burst * 1_000) / perSecond;
  // No debt is larger than a burst: a clock that was set back must not make one.
  const full = Math.min(Math.max(bucket, now), now + burstMs);
  const after = full + 1_000 / perSecond;
  const retryAfterMs = Math.ceil(after - now - burstMs - ROUNDING_MS);
  return retryAfterMs > 0 ? { bucket: full, retryAfterMs } : { bucket: after, retryAfterMs: 0 };
}
