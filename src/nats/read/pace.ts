/**
 * How a follower comes by its entries (docs/adr/0012). *live*: the broker pushes each as soon as it is
 * stored. *gathering*: the follower asks for what has gathered, each time it has taken what it had.
 */
export type Pace = "live" | "gathering";

/** Entries of a batch from which on much comes. */
const CROWD = 32;

/**
 * When the next batch is handed over, after one of `entries`. At once, unless much comes: then at the end of the loop's
 * turn, so that acknowledgements of this turn go first, and what follows from all that came in it leaves in fewer writes.
 */
export const soonAfter = (entries: number): ((run: () => void) => void) =>
  entries < CROWD ? process.nextTick : setImmediate;
