import type { Answering, Said } from "../envelope.ts";

export interface Ping extends Said {
  readonly t: "ping";
}

/** The answer to a `ping`; unasked, the heartbeat. */
export interface Pong extends Answering {
  readonly t: "pong";
  /** The newest entry of the user's mailbox; absent: the server cannot tell at the moment. */
  readonly head?: number;
  /** The newest event for the user in each followed group that has moved since the last `pong`. */
  readonly heads?: Readonly<Record<string, number>>;
}
