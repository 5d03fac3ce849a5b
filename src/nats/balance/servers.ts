import * as z from "zod";
import { monitored } from "../monitor.ts";
import { redact } from "../redact.ts";

/** The words of a server about those that keep streams together, as its monitoring port has them. */
const Together = z.object({
  meta_cluster: z.object({
    leader: z.string().min(1),
    cluster_size: z.int().min(1),
    replicas: z.array(z.object({ name: z.string(), offline: z.boolean().optional() })),
  }),
});

/**
 * The names of all servers that keep streams, those that keep none yet included, as the one that leads them says.
 * @param monitors monitoring addresses.
 * @param ca the authorities of their certificates ({@link monitored}).
 * @throws Error when none of those there leads them, or one of them is not there.
 */
export async function serversOf(
  monitors: readonly string[],
  ca: string | undefined,
): Promise<string[]> {
  const answers = await Promise.all(
    monitors.map((monitor) => monitored(monitor, "/jsz", Together, ca)),
  );
  const words = answers.map((answer) => answer?.meta_cluster);
  const full = words.find(
    (word) => word !== undefined && word.replicas.length === word.cluster_size - 1,
  );
  if (full === undefined)
    throw new Error(
      `none of NATS_MONITOR_URL (${monitors.map(redact).join(",") || "empty"}) says which servers there are: name all of them`,
    );
  const away = full.replicas.find(({ offline }) => offline === true);
  if (away !== undefined)
    throw new Error(`server ${away.name} is not there: nothing is moved before it is back`);
  return [full.leader, ...full.replicas.map(({ name }) => name)].toSorted();
}
