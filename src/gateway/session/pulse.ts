/** The traffic of a socket so far, in bytes. */
export interface Traffic {
  /** Bytes that came from the peer. */
  readonly received: number;
  /** Bytes that the kernel has taken for the peer. */
  readonly taken: number;
  /** Bytes that wait for the kernel to take them. */
  readonly backlog: number;
}

/** The last sign of life of a socket, and the traffic at the last look. */
export interface Pulse extends Traffic {
  /** The time at which the last sign was seen, ms. */
  readonly at: number;
}

/**
 * Only behind so much of a backlog does a write prove anything: the kernel takes small ones into its
 * own buffer, for a peer that has been stopped, too.
 */
const PROOF_BYTES = 64 * 1024;

export const firstPulse = (now: number): Pulse => ({ received: 0, taken: 0, backlog: 0, at: now });

/** The pulse after a look: alive is what has said a byte, or has read of a backlog that was large. */
export function look(pulse: Pulse, { received, taken, backlog }: Traffic, now: number): Pulse {
  const reads = pulse.backlog > PROOF_BYTES && taken > pulse.taken;
  const alive = received !== pulse.received || reads;
  if (!alive && taken === pulse.taken && backlog === pulse.backlog) return pulse;
  return { received, taken, backlog, at: alive ? now : pulse.at };
}
