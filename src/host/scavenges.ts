import { setFlagsFromString } from "node:v8";

/** Threads that want a core at once under load: sockets and actors, the views, and two of a broker beside them. */
const BUSY = 4;

/**
 * Young collections of garbage are a thread's own work on a machine that has no core to spare. V8 divides each among helpers and waits for all of
 * them: one that is to have a core behind somebody else keeps the sockets waiting for longer than the whole of it takes (docs/adr/0039).
 */
export function scavengeAlone(cores: number): void {
  if (cores < BUSY) setFlagsFromString("--no-parallel-scavenge");
}
