import { isGroup } from "../../../src/events/messageid.ts";
import type { Invariant } from "./invariant.ts";

/** I15: a socket gets the mailbox of its own user, and of messages and receipts those that are about that user. */
export const privacy: Invariant = {
  id: "I15",
  promise: "nobody gets what is somebody else's",
  breaches: ({ lines, plugs }) =>
    lines.flatMap((line) => {
      if (line.what !== "gets") return [];
      const { device, user } = plugs.get(line.socket) ?? {};
      const { type, author, to, peer } = line.event;
      // The words of a group to a member name nobody.
      const about = author === undefined || isGroup(author) || [author, to, peer].includes(user);
      if (line.mailbox === user && about) return [];
      return [`${device} of ${user} got ${type} at ${line.seq} of the mailbox of ${line.mailbox}`];
    }),
};
