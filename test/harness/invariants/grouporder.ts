import type { History } from "../history/history.ts";
import { dueTo, groupsOf } from "../history/memberships.ts";
import type { Invariant } from "./invariant.ts";

/** I21: of a group each device has exactly what its user may see, once, in the group's one order; so all devices agree. No socket of it goes back, or has a hole. */
export const groupOrder: Invariant = {
  id: "I21",
  promise: "each device has of a group what its user may see, once, in the group's order",
  breaches: (history) => [...ofFinals(history), ...onSockets(history)],
};

function* ofFinals(history: History): Generator<string> {
  const groups = groupsOf(history);
  for (const { device, user, finals } of history.ears.values())
    for (const group of groups) {
      const items = finals.get(group.id);
      if (items === undefined) continue;
      const due = dueTo(group, user);
      const shown = items.flatMap(({ text, id }) => (id === undefined ? [] : [text]));
      const at = Math.max(
        due.findIndex((text, i) => shown[i] !== text),
        due.length < shown.length ? due.length : -1,
      );
      if (at >= 0)
        yield `${device} has of ${group.id} ${shown.length} messages of ${due.length}, and as number ${at + 1} ${shown[at] ?? "none"} in the place of ${due[at] ?? "none"}`;
    }
}

function* onSockets({ lines }: History): Generator<string> {
  const places = new Map<string, number>();
  for (const line of lines) {
    if (line.what !== "group-gets" && line.what !== "group-place") continue;
    const { socket, group, seq } = line;
    const key = `${socket} ${group}`;
    const place = places.get(key);
    if (line.what === "group-place") {
      // The event that the cursor stands on follows a resync.
      const next = line.by === "resync" ? seq - 1 : Math.max(place ?? 0, seq);
      places.set(key, line.by === "follows" ? seq : next);
      continue;
    }
    places.set(key, Math.max(place ?? 0, seq));
    if (place === undefined)
      yield `socket ${socket} got ${seq} of ${group}, which it does not follow`;
    else if (seq <= place) yield `socket ${socket} got ${seq} of ${group} behind ${place}`;
    else if (line.prev > place)
      yield `socket ${socket} got ${seq} of ${group} behind ${line.prev}, and ${place} was its last`;
  }
}
