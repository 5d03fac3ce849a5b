import type { Logger } from "pino";
import type { Facts } from "../../gateway/ports.ts";
import type { Stated } from "../../events/event.ts";
import { statedLane } from "../names.ts";
import { factSubject, sessionSubject } from "../subjects.ts";
import type { Admits } from "./admission.ts";
import { Lanes } from "./lanes.ts";
import { Novelty } from "./novelty.ts";
import type { Publisher } from "./publisher.ts";

/** Stores what users did, in their own mailboxes. */
export function facts(publisher: Publisher, log: Logger, admits?: Admits) {
  const lanes = new Lanes(publisher, log, "facts", admits);
  const novelty = new Novelty();
  return {
    async state(user, sessionId, event, again?: string) {
      const put = (alone: boolean) =>
        lanes.put(statedLane(sessionId, event), subjectOf(user, event), event, { again, alone });
      if (event.type === "SessionClosed") novelty.forget(sessionId);
      if (event.type !== "MessageSent") return put(false);
      const stored = await put(!novelty.trusts(sessionId));
      novelty.stored(sessionId, stored.duplicate);
      return stored;
    },
    refuses: (user) => publisher.refuses(sessionSubject(user)),
    receipt(user, sessionId, fact) {
      const lane = statedLane(sessionId, fact);
      if (lanes.takesUp(lane, fact)) return undefined;
      return lanes.put(lane, factSubject(user), fact);
    },
  } satisfies Facts;
}

/** Devices' doings lie on one subject, their coming and going on another. */
function subjectOf(user: string, { type }: Stated): string {
  switch (type) {
    case "MessageSent":
    case "MessageDelivered":
    case "MessageRead":
    case "GroupAsked":
      return factSubject(user);
    case "SessionOpened":
    case "SessionClosed":
    case "HeadAsked":
    case "SignedOut":
      return sessionSubject(user);
  }
  return type satisfies never;
}
