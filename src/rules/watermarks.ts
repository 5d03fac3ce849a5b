/** How far one side has received and read the other's messages; positions, 0 = none. */
export interface Watermarks {
  readonly delivered: number;
  readonly read: number;
}

export const NOTHING_YET: Watermarks = { delivered: 0, read: 0 };

/**
 * `now` after a claim that holds no further than `sent`, the last position there is to receive: a
 * receipt never comes before its cause, never goes back, and read implies delivered. Returns `now`
 * itself when nothing rises, so `===` tells a repeat.
 */
export function advance(now: Watermarks, claim: Watermarks, sent: number): Watermarks {
  const read = Math.max(now.read, Math.min(claim.read, sent));
  const delivered = Math.max(now.delivered, Math.min(claim.delivered, sent), read);
  return read === now.read && delivered === now.delivered ? now : { delivered, read };
}
