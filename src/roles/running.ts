import { Keeper } from "../actors/generations/keeper.ts";
import type { Prepared, Stream } from "../actors/generations/prepare.ts";
import type { Partition } from "../actors/partition.ts";
import type { Owner } from "../events/owner.ts";
import type { Lanes } from "../nats/publish/lanes.ts";
import { mailboxStream } from "../nats/subjects.ts";

/** The actors of all streams, from one start to the next. */
export interface Running {
  readonly partitions: readonly Partition[];
  readonly keepers: readonly Keeper[];
  readonly lanes: Lanes;
}

/** Keeps the generations of a stream. `marks`: those that are known now. */
export function keeperOf(
  { log, records }: Stream,
  prepared: Prepared | undefined,
  marks: () => Owner["marks"],
): Keeper {
  if (prepared === undefined) throw new Error("the stream was not prepared");
  return new Keeper({ log, records, marks, ...prepared, elapsed: () => performance.now() });
}

/** Starts all of them, or none. @throws Error when the broker does not answer. */
export async function launch(running: Running): Promise<Running> {
  for (const keeper of running.keepers) keeper.start();
  // Each has begun or failed before any is stopped.
  const starts = await Promise.allSettled(running.partitions.map((each) => each.start()));
  const failed = starts.find(({ status }) => status === "rejected");
  if (failed?.status !== "rejected") return running;
  await halt(running);
  throw failed.reason;
}

/** The last entry that the actors of each stream have taken, by the stream's name. */
export const takenBy = (running: Running | undefined): ReadonlyMap<string, number> =>
  new Map((running?.partitions ?? []).map(({ seq }, k) => [mailboxStream(k), seq]));

/** Ends them at once: what is under way is left to the next start. */
export async function halt({ partitions, keepers, lanes }: Running): Promise<void> {
  lanes.close();
  for (const keeper of keepers) keeper.stop();
  await Promise.all(partitions.map((partition) => partition.stop()));
}
