/** Limits: what a gateway allows; most have a setting (docs/operations.md). Rates are per second. */
export interface GatewayLimits {
  readonly sendsPerSecond: number;
  readonly sendsBurst: number;
  /** Receipts of one user that are stored. */
  readonly marksPerSecond: number;
  readonly marksBurst: number;
  /** Users that one user begins to watch, over all their sockets. */
  readonly watchesPerSecond: number;
  readonly watchesBurst: number;
  /** Asks to groups of one user. */
  readonly changesPerMinute: number;
  /** Limits of groups that are made here. */
  readonly groupMembers: number;
  readonly groupSendsPerSecond: number;
  readonly questionsPerSecond: number;
  readonly questionsBurst: number;
  readonly framesPerSecond: number;
  readonly framesBurst: number;
  /** Frames of one user, over all their sockets. */
  readonly userFramesPerSecond: number;
  readonly userFramesBurst: number;
  readonly typingPerSecond: number;
  readonly deviceHelloEveryMs: number;
  readonly deviceHellosBurst: number;
  readonly userHelloEveryMs: number;
  readonly userHellosBurst: number;
  readonly devicesPerUser: number;
  readonly socketsPerDevice: number;
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
 * full again, ms of the clock that draws (the generic cell rate algorithm). 0 = full.
 */
export type Bucket = number;

/** A time of 13 digits leaves so little behind the point that sums of it are off by less than this. */
const ROUNDING_MS = 0.01;

/** Takes `count` tokens: the bucket after it, and how long to wait when there were not so many. */
export function draw(
  bucket: Bucket,
  now: number,
  perSecond: number,
  burst: number,
  count = 1,
): { bucket: Bucket; retryAfterMs: number } {
  const burstMs = (burst * 1_000) / perSecond;
  // No debt is larger than a burst, whatever the clock does.
  const full = Math.min(Math.max(bucket, now), now + burstMs);
  const after = full + (count * 1_000) / perSecond;
  const retryAfterMs = Math.ceil(after - now - burstMs - ROUNDING_MS);
  return retryAfterMs > 0 ? { bucket: full, retryAfterMs } : { bucket: after, retryAfterMs: 0 };
}
