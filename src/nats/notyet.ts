import type { NatsConnection } from "@nats-io/transport-node";
import { reason } from "./connection.ts";

/** A stream that is missing, and that this process may not make, may be made by another within a minute. */
const WAIT_MS = 60_000;
/** Servers of a cluster that starts find each other within seconds; where they do not, there are fewer than are wished for. */
const PLACE_MS = 15_000;

/** Numbers of the broker's errors, in its own list. */
const UNAVAILABLE = 10_008;
const NO_PEERS = 10_005;
const NOT_CLUSTERED = 10_074;
const NAME_TAKEN = 10_058;

/** The broker cannot be used yet, and may be in a moment. */
export class NotYetError extends Error {
  /** For how long it is worth waiting. */
  readonly waitMs: number;

  constructor(message: string, waitMs = WAIT_MS) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** An error of the broker as what it means for a start; one that stays is returned as it is. `replicas`: as many are wished for. */
export function meaningOf(error: unknown, { info }: NatsConnection, replicas: number): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === NOT_CLUSTERED) return new Error(tooMany(replicas));
  if (info?.cluster === undefined) return error;
  if (code === NO_PEERS) return new NotYetError(tooMany(replicas), PLACE_MS);
  // An earlier try, whose answer was lost with the leader, is being carried out: the stream is there in a moment.
  if (code === NAME_TAKEN) return new NotYetError("a stream is being made");
  return code === UNAVAILABLE || isSilence(error)
    ? new NotYetError("the broker's servers have no leader yet")
    : error;
}

const tooMany = (replicas: number): string =>
  `REPLICAS is ${replicas}, and fewer servers of the broker keep streams`;

/** Servers of a cluster do not answer while none leads. */
const isSilence = (error: unknown): boolean =>
  /timeout|no responders|jetstream is not enabled/i.test(reason(error));
