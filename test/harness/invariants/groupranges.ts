import { positionOf } from "../../../src/events/position.ts";
import type { History } from "../history/history.ts";
import { groupsOf, maySee, type LoggedGroup } from "../history/memberships.ts";
import type { Invariant } from "./invariant.ts";

/** I20: what a group has accepted while somebody was not in it, no socket of theirs is sent, and no device of theirs has. */
export const groupRanges: Invariant = {
  id: "I20",
  promise: "nobody is shown anything of a group from before they came or after they went",
  breaches(history) {
    const groups = new Map(groupsOf(history).map((group) => [group.id, group]));
    return [...onSockets(history, groups), ...onDevices(history, groups)];
  },
};

type Groups = ReadonlyMap<string, LoggedGroup>;

function* onSockets({ lines, plugs }: History, groups: Groups): Generator<string> {
  for (const line of lines) {
    if (line.what !== "group-gets") continue;
    const { socket, group: id, seq, generation = 0, event } = line;
    const { user = "" } = plugs.get(socket) ?? {};
    const group = groups.get(id);
    const position = positionOf(generation, seq);
    if (group === undefined || !maySee(group, user, position))
      yield `socket ${socket} got ${event.text ?? event.type} at ${position} of ${id}, and ${user} was not in it`;
  }
}

function* onDevices({ ears }: History, groups: Groups): Generator<string> {
  for (const { device, user, finals } of ears.values())
    for (const [chat, items] of finals) {
      const group = groups.get(chat);
      if (group === undefined) continue;
      for (const { text, id } of items)
        if (id !== undefined && !maySee(group, user, Number(id.split(":")[1])))
          yield `${device} has ${text}, ${id}, and ${user} was not in it`;
    }
}
