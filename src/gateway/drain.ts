import type { CloseName } from "../protocol/codes.ts";
import type { Connected } from "./session/addressee.ts";

/** Between two looks at who has gone. */
const STEP_MS = 100;
/** A device that was told last has so long to be caught up elsewhere: a slow line, and a few tries; and again so long whenever another has left, since there may be a line … */
const MOVE_MS = 5_000;
/** … but no longer than this in all: whoever stops processes waits for 60 s (docs/operations.md). */
const MOVE_MAX_MS = 20_000;
/** Sockets that are left at the end are sent away in so many steps, so that they do not all come back at once. */
const END_STEPS = 10;
const END_STEP_MS = 50;
/** A close handshake takes no longer, but with a client that is not there. */
const CLOSE_MS = 2_000;

/** The sockets of a gateway that is going away. */
export interface Leaving {
  /** Loses those that have gone. */
  readonly connections: ReadonlySet<Connected>;
  /** ms, monotonic. */
  readonly now: () => number;
}

/**
 * Asks every session to move elsewhere, spread over `spreadMs`: no more devices come to another gateway at once than it can take.
 * Resolves when all have gone, or when no other has for as long as the last one has.
 */
export async function moveAll({ connections, now }: Leaving, spreadMs: number): Promise<void> {
  const untold = new Set(connections);
  const toldBy = now() + spreadMs;
  let left = connections.size;
  let wentAt = toldBy;
  for (let at = now(); connections.size > 0; at = now()) {
    if (connections.size < left) wentAt = Math.max(toldBy, at);
    left = connections.size;
    const end = Math.min(wentAt + MOVE_MS, toldBy + MOVE_MAX_MS);
    if (at >= end) return;
    const steps = Math.max(1, Math.ceil((toldBy - at) / STEP_MS));
    tell(untold, Math.ceil(untold.size / steps), end - at);
    await pass(STEP_MS);
  }
}

/** Tells so many of them. A session that is being opened is told when it is open. */
function tell(untold: Set<Connected>, count: number, withinMs: number): void {
  let left = count;
  for (const connection of untold) {
    if (left === 0) return;
    if (connection.session.is === "opening") continue;
    untold.delete(connection);
    if (connection.session.is === "closed") continue;
    connection.happen({ type: "leaving", withinMs: Math.round(withinMs) });
    left--;
  }
}

/** Sends those away that are still there, and cuts off who does not answer. */
export async function endAll({ connections, now }: Leaving): Promise<void> {
  await sendAllAway([...connections], "drained");
  const deadline = now() + CLOSE_MS;
  while (connections.size > 0 && now() < deadline) await pass(END_STEP_MS);
  for (const { wire } of connections) wire.terminate();
}

/** Ends these sessions, in steps. */
export async function sendAllAway(all: readonly Connected[], name: CloseName): Promise<void> {
  const share = Math.ceil(all.length / END_STEPS);
  for (let i = 0; i < all.length; i += share) {
    sendAway(all.slice(i, i + share), name);
    if (all.length > END_STEPS) await pass(END_STEP_MS);
  }
}

/** Ends these sessions at once. */
export function sendAway(connections: Iterable<Connected>, name: CloseName): void {
  for (const connection of connections) connection.happen({ type: "ended", close: name });
}

const pass = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
