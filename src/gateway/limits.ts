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

/** A token bucket: `burst` at once, `perSecond` on the long run. */
export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** Takes one token: the bucket after it, and how long to wait when there was none. */
export function draw(
  bucket: Bucket | undefined,
  now: number,
  perSecond: number,
  burst: number,
): { bucket: Bucket; retryAfterMs: number } {
  const held =
    bucket === undefined
      ? burst
      : Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000);
  if (held >= 1) return { bucket: { tokens: held - 1, at: now }, retryAfterMs: 0 };
  return {
    bucket: { tokens: held, at: now },
    retryAfterMs: Math.ceil(((1 - held) * 1000) / perSecond),
  };
}
