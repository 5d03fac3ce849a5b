import type { Keeper } from "../actors/generations/keeper.ts";
import type { Partition } from "../actors/partition.ts";
import type { Lanes } from "../nats/publish/lanes.ts";

/** The actors of all streams, from one start to the next. */
export interface Running {
  readonly partitions: readonly Partition[];
  readonly keepers: readonly Keeper[];
  readonly lanes: Lanes;
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

/** Ends them at once: what is under way is left to the next start. */
export async function halt({ partitions, keepers, lanes }: Running): Promise<void> {
  lanes.close();
  for (const keeper of keepers) keeper.stop();
  await Promise.all(partitions.map((partition) => partition.stop()));
}
