import type { History, Sending } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** I5: what one device wrote to one peer is shown in the order in which it was written. */
export const sender: Invariant = {
  id: "I5",
  promise: "the order of a sender is kept",
  breaches: (history) => [...inverted(history)],
};

function* inverted(history: History): Generator<string> {
  for (const { device, finals } of history.ears.values())
    for (const items of finals.values()) {
      const newest = new Map<string, Sending>();
      for (const { text, id } of items) {
        const sending = history.sendings.get(text) ?? history.groupSendings.get(text);
        if (sending === undefined || id === undefined || !isBound(history, sending)) continue;
        const lane = `${sending.device} ${sending.to}`;
        const before = newest.get(lane);
        if (before !== undefined && before.n > sending.n)
          yield `${device} has ${text} behind ${before.text}`;
        else newest.set(lane, sending);
      }
    }
}

/** A client that pipelines gives its order up where it repeats; one by one, an order holds over repeats. */
const isBound = ({ ears }: History, { device, tries }: Sending): boolean =>
  tries === 1 || ears.get(device)?.kind === "app";
