import { isGroup } from "../../../src/events/messageid.ts";
import type { History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** I2: nothing is shown, or stored, that nobody wrote to that person in these words. */
export const phantom: Invariant = {
  id: "I2",
  promise: "no message is there that nobody wrote",
  breaches: (history) => [
    ...new Set([...onDevices(history), ...inMailboxes(history), ...inGroups(history)]),
  ],
};

function* onDevices(history: History): Generator<string> {
  for (const { device, user, finals } of history.ears.values())
    for (const [chat, items] of finals) {
      if (isGroup(chat)) continue;
      for (const { text, author } of items)
        if (!wrote(history, text, author, author === user ? chat : user))
          yield `${device} has ${text} of ${author}, who did not write that to it`;
    }
}

function* inMailboxes(history: History): Generator<string> {
  for (const [owner, entries] of history.mailboxes)
    for (const { event, seq } of entries)
      if (event.type === "MessageSent" && !wrote(history, event.text, event.author, event.to))
        yield `the mailbox of ${owner} has ${event.text} at ${seq}, which ${event.author} did not write`;
}

function* inGroups(history: History): Generator<string> {
  for (const [group, entries] of history.groups)
    for (const { kind, event, position } of entries)
      if (
        kind === "group" &&
        event.type === "MessageSent" &&
        !wrote(history, event.text, event.author, group)
      )
        yield `${group} has ${event.text} at ${position}, which ${event.author} did not write`;
}

function wrote(history: History, text = "", author = "", to = ""): boolean {
  const sending = (isGroup(to) ? history.groupSendings : history.sendings).get(text);
  return sending?.user === author && sending.to === to;
}
