import type { NatsConnection } from "@nats-io/transport-node";

/** A disk or a processor that stood still goes on within a minute, and a stream that this process may not make is made by another. */
const WAIT_MS = 60_000;
/** Servers of a cluster that starts find each other within seconds; where they do not, there are fewer than are wished for. */
export const PLACE_MS = 15_000;

/** Numbers of the broker's errors, in its own list. */
const UNAVAILABLE = 10_008;
export const NO_PEERS = 10_005;
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

/** A stream, or its first entry, is missing, and this process does not make it. */
export class NotMadeError extends NotYetError {
  constructor(what: string) {
    super(`${what} is not there yet, and this NATS user may not make it: posthorn init does`);
  }
}

/** Where a connection is, as far as its server has said. */
type Server = Pick<NatsConnection, "info">;

/** An error of the broker as what it means for a start; one that stays is returned as it is. */
export function meaningOf(error: unknown, { info }: Server): unknown {
  if (info?.cluster === undefined)
    return isSilence(error) ? new NotYetError("the broker does not answer") : error;
  return isSilence(error) || isLeaderless(error)
    ? new NotYetError("the broker's servers have no leader yet")
    : error;
}

/** As `meaningOf`, of an error about streams that are wished for, with so many replicas. */
export function meaningForStreams(error: unknown, server: Server, replicas: number): unknown {
  const code = codeOf(error);
  if (code === NOT_CLUSTERED) return new Error(tooMany(replicas));
  if (server.info?.cluster === undefined) return meaningOf(error, server);
  if (code === NO_PEERS) return new NotYetError(tooMany(replicas), PLACE_MS);
  // An earlier try, whose answer was lost with the leader, is being carried out: the stream is there in a moment.
  if (code === NAME_TAKEN) return new NotYetError("a stream is being made");
  return meaningOf(error, server);
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

const tooMany = (replicas: number): string =>
  `REPLICAS is ${replicas}, and fewer servers of the broker keep streams`;

/**
 * Has the broker said nothing, so that it may stand still or be slow? Also where the connection was given up for that in the middle, or where
 * a server that goes on finds that a login has come late.
 */
export const isSilence = (error: unknown): boolean =>
  error instanceof Error && /timeout|connection disconnected/i.test(error.message);

/** Servers of a cluster say so, or have nobody who listens, while none leads; one that stands alone keeps no streams then. */
const isLeaderless = (error: unknown): boolean =>
  error instanceof Error &&
  (codeOf(error) === UNAVAILABLE || /no responders|jetstream is not enabled/i.test(error.message));
