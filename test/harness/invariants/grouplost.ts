import type { History, Sending } from "../history/history.ts";
import { groupsOf } from "../history/memberships.ts";
import type { Invariant } from "./invariant.ts";

/** I22: an acknowledged message to a group is stored by its author, and the group accepts it once, or says to its author that it does not. */
export const groupLost: Invariant = {
  id: "I22",
  promise: "no acknowledged message to a group is lost, or accepted twice",
  breaches: (history) => [...lost(history), ...twice(history)],
};

const isRefused = ({ mailboxes }: History, { user, cids }: Sending): boolean =>
  (mailboxes.get(user) ?? []).some(
    ({ kind, event }) =>
      kind === "copy" && event.type === "Refused" && event.cid !== undefined && cids.has(event.cid),
  );

const isStated = ({ mailboxes }: History, { user, text }: Sending): boolean =>
  (mailboxes.get(user) ?? []).some(({ kind, event }) => kind === "fact" && event.text === text);

/** How often each text was accepted, by group. */
function acceptedIn(history: History): Map<string, number> {
  const times = new Map<string, number>();
  for (const { id, facts } of groupsOf(history))
    for (const { event } of facts) {
      if (event.text === undefined) continue;
      const key = `${id} ${event.text}`;
      times.set(key, (times.get(key) ?? 0) + 1);
    }
  return times;
}

function* lost(history: History): Generator<string> {
  const accepted = acceptedIn(history);
  for (const sending of history.groupSendings.values()) {
    const { text, to, user, acks } = sending;
    if (acks.length === 0) continue;
    if (!isStated(history, sending))
      yield `${text} was acknowledged, and the mailbox of ${user} has nothing of it`;
    else if (!accepted.has(`${to} ${text}`) && !isRefused(history, sending))
      yield `${text} was acknowledged, and ${to} has neither accepted nor refused it`;
  }
}

function* twice(history: History): Generator<string> {
  for (const [key, times] of acceptedIn(history))
    if (times > 1) yield `${key} was accepted ${times} times`;
}
