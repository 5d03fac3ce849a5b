import type { RouteRecord } from "../protocol/internal/routes.ts";
import type { Happening } from "./session/session.ts";

/** The meaning of a routed record to a session. */
export function happeningOf(record: RouteRecord): Happening {
  switch (record.kind) {
    case "event":
      return { type: "routed", seq: record.seq, prev: record.prev, frame: record.frame };
    case "head":
      return { type: "reaches", head: record.seq };
    case "signal":
      return { type: "signal", frame: record.frame };
    case "closed":
      // A session that was signed out is ended by its own gateway, which says so in the mailbox.
      return { type: "ended", close: record.close, stated: record.close !== "revoked" };
  }
}
