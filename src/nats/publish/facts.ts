import type { Logger } from "pino";
import type { Facts } from "../../gateway/ports.ts";
import type { Stated } from "../../events/event.ts";
import { statedLane } from "../names.ts";
import { factSubject, sessionSubject } from "../subjects.ts";
import { Lanes } from "./lanes.ts";
import type { Publisher } from "./publisher.ts";

/** Stores what users did, in their own mailboxes. */
export function facts(publisher: Publisher, log: Logger) {
  const lanes = new Lanes(publisher, log, "facts");
  return {
    state: (user, sessionId, event, again) =>
      lanes.put(statedLane(sessionId, event), subjectOf(user, event), event, again),
    receipt(user, sessionId, fact) {
      const lane = statedLane(sessionId, fact);
      if (lanes.takesUp(lane, fact)) return undefined;
      return lanes.put(lane, factSubject(user), fact).then(() => undefined);
    },
  } satisfies Facts;
}

/** What devices do lies beside what comes and goes of them. */
const subjectOf = (user: string, { type }: Stated): string =>
  type === "SessionOpened" || type === "SessionClosed" ? sessionSubject(user) : factSubject(user);
