import type { Logger } from "pino";
import type { Facts } from "../../gateway/ports.ts";
import { factLane } from "../names.ts";
import { factSubject, placeIn } from "../subjects.ts";
import { Lanes } from "./lanes.ts";
import type { Publisher } from "./publisher.ts";

/** Stores what users did, in their own mailboxes. */
export function facts(publisher: Publisher, partitions: number, log: Logger) {
  const place = placeIn(partitions);
  const lanes = new Lanes(publisher, log, "facts");
  return {
    state: (user, sessionId, fact) =>
      lanes.put(factLane(sessionId, fact), factSubject(...place(user)), fact),
    receipt(user, sessionId, fact) {
      const lane = factLane(sessionId, fact);
      if (lanes.takesUp(lane, fact)) return;
      lanes
        .put(lane, factSubject(...place(user)), fact)
        .catch((error: unknown) => log.warn({ error }, "receipt not stored"));
    },
  } satisfies Facts;
}
