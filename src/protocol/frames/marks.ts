import type { Said } from "../envelope.ts";

/** Everything of the peer up to a position has arrived on this device. */
export interface Delivered extends Said {
  readonly t: "delivered";
  readonly peer: string;
  readonly upTo: number;
}

/** A human has read the peer's messages up to a position. Read implies delivered. */
export interface Read extends Said {
  readonly t: "read";
  readonly peer: string;
  readonly upTo: number;
  /** A machine says it, not a human: no activity is published. */
  readonly auto?: boolean;
}
