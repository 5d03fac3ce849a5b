import type { Held } from "./turns.ts";

/** A send's answer comes on a socket that is being left. */
export const isOwed = ({ owed, state }: Held): boolean => owed === true && state === "underWay";

/** Sends that are under way now are owed on the socket that is being left. */
export function owe(all: Iterable<Held>): void {
  for (const held of all) held.owed = held.state === "underWay";
}

/** The socket is gone: what it has not answered waits for its turn. */
export function release(all: Iterable<Held>): void {
  for (const held of all) if (isOwed(held)) held.state = "waiting";
}
