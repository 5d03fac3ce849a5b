import type { RouteRecord } from "../protocol/internal/routes.ts";
import type { Parts } from "./session/parts.ts";
import type { Happening } from "./session/session.ts";

/** The meaning of a routed record to a session. */
function happeningOf(record: RouteRecord): Happening {
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

/** Tells each session what is routed to it. One that is not here is closed in its mailbox, as soon as an entry says whose it is. */
export function deliver(
  records: Iterable<RouteRecord>,
  { sessions, closings, now }: Pick<Parts, "sessions" | "closings" | "now">,
): void {
  for (const record of records) {
    const happening = happeningOf(record);
    for (const sessionId of record.sessions) {
      const session = sessions.get(sessionId);
      if (session !== undefined) session.happen(happening);
      else if (record.kind === "event") {
        const [, user] = MAILBOX.exec(record.frame) ?? [];
        if (user !== undefined) closings.disown(user, sessionId, now());
      }
    }
  }
}
