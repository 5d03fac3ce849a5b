import { positionOf } from "../events/position.ts";
import type { RouteRecord } from "../protocol/internal/routes.ts";
import type { Mailboxes } from "./ports.ts";
import type { Addressee } from "./session/addressee.ts";
import type { Parts } from "./session/parts.ts";
import type { Happening } from "./session/session.ts";

/** The meaning of a routed record to a session. */
function happeningOf(record: Exclude<RouteRecord, { kind: "follow" }>): Happening {
  switch (record.kind) {
    case "event":
      return { type: "routed", seq: record.seq, prev: record.prev, frame: record.frame };
    case "head":
      return { type: "reaches", head: record.seq };
    case "signal":
      return { type: "signal", frame: record.frame };
    case "closed":
      return { type: "ended", close: record.close };
  }
}

/** The mailbox that an event frame names first. */
const MAILBOX = /^\{"t":"event","mailbox":"([A-Za-z0-9_-]{1,64})"/;

const STALE: Happening = { type: "ended", close: "resync" };

/**
 * The meaning of a routed record to this session. A host may know the beginning of a generation before this gateway does: a client
 * that stands in the one before would be told an entry of the new one, and could not be told any more what it has missed of that.
 * Or it knows it later, and routes what is not in the log any more: that means nothing.
 */
function meaningTo(
  { session }: Addressee,
  record: Exclude<RouteRecord, { kind: "follow" }>,
  world: Pick<Mailboxes, "positionAt">,
): Happening | undefined {
  if (record.kind !== "event" || !("user" in session)) return happeningOf(record);
  const position = positionOf(record.generation ?? 0, record.seq);
  const known = world.positionAt(session.user, record.seq);
  if (position === known) return happeningOf(record);
  return position > known ? STALE : undefined;
}

/** Tells each session what is routed to it. One that is not here is closed in its mailbox, as soon as an entry says whose it is. */
export function deliver(
  records: Iterable<RouteRecord>,
  { sessions, closings, groups, world }: Pick<Parts, "sessions" | "closings" | "groups" | "world">,
): void {
  for (const record of records) {
    if (record.kind === "follow") {
      for (const sessionId of record.sessions) groups.told(sessions.get(sessionId), record);
      continue;
    }
    for (const sessionId of record.sessions) {
      const session = sessions.get(sessionId);
      if (session === undefined) disown(record, sessionId, closings);
      else hand(session, record, world);
    }
  }
}

function hand(
  session: Addressee,
  record: Exclude<RouteRecord, { kind: "follow" }>,
  world: Pick<Mailboxes, "positionAt">,
): void {
  const happening = meaningTo(session, record, world);
  if (happening !== undefined) session.happen(happening);
}

/** Nobody is here by that name: an entry says whose session it was. */
function disown(record: RouteRecord, sessionId: string, closings: Parts["closings"]): void {
  if (record.kind !== "event") return;
  const [, user] = MAILBOX.exec(record.frame) ?? [];
  if (user !== undefined) closings.disown(user, sessionId);
}
