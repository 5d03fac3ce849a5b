import type { CloseName } from "../protocol/codes.ts";
import type { Connected } from "./session/addressee.ts";

/** Between two looks at who has gone. */
const STEP_MS = 100;
/** As many may be on their way at once as the pace tells in so long, … */
const AHEAD_MS = 500;
/** … or so many, where that is more. */
const AHEAD_MIN = 16;
/** A device that has not gone so long after it was told has a slow line, or is not there: nobody waits for it. */
const SLOW_MS = 2_000;
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
 * Asks every session to move elsewhere, spread over `spreadMs`, and no faster than they go: those who are let in there must not
 * stand in a line, since whoever is there already would wait with them. Where they go too slowly, the rest is told late. Resolves when
 * all have gone, or when no other has for as long as the last one has.
 */
export async function moveAll({ connections, now }: Leaving, spreadMs: number): Promise<void> {
  const untold = new Set(connections);
  /** Those who were told, and since when. */
  const onTheWay = new Map<Connected, number>();
  const ahead = Math.max(AHEAD_MIN, Math.ceil((untold.size * AHEAD_MS) / spreadMs));
  const toldBy = now() + spreadMs;
  const overBy = toldBy + MOVE_MAX_MS;
  let left = connections.size;
  let wentAt = toldBy;
  for (let at = now(); connections.size > 0; at = now()) {
    if (connections.size < left) wentAt = Math.max(toldBy, at);
    left = connections.size;
    const end = Math.min(wentAt + MOVE_MS, overBy);
    if (at >= end) return;
    for (const [connection, since] of onTheWay)
      if (!connections.has(connection) || at - since >= SLOW_MS) onTheWay.delete(connection);
    const isLast = at >= overBy - MOVE_MS || at - wentAt >= SLOW_MS;
    const room = isLast ? untold.size : ahead - onTheWay.size;
    const steps = Math.max(1, Math.ceil((toldBy - at) / STEP_MS));
    for (const told of tell(untold, Math.min(room, Math.ceil(untold.size / steps)), end - at))
      onTheWay.set(told, at);
    await pass(STEP_MS);
  }
}

/** Tells so many of them, and returns who was. A session that is being opened is told when it is open. */
function tell(untold: Set<Connected>, count: number, withinMs: number): Connected[] {
  const told: Connected[] = [];
  for (const connection of untold) {
    if (told.length >= count) break;
    if (connection.session.is === "opening") continue;
    untold.delete(connection);
    if (connection.session.is === "closed") continue;
    connection.happen({ type: "leaving", withinMs: Math.round(withinMs) });
    told.push(connection);
  }
  return told;
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
