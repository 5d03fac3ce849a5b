import { StartError } from "../start-error.ts";

/** The name of a cluster, in the metadata of each of its streams since they were made (docs/adr/0054). */
export const CLUSTER_KEY = "posthorn-cluster";
/** The name of a cluster that was given none. */
export const CLUSTER_NAME = "posthorn";

/** A stream, as its configuration or a backup has it. */
interface Labelled {
  readonly name: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The name of the cluster that a stream is of; "": it names none. */
export const clusterIn = ({ metadata }: Omit<Labelled, "name">): string =>
  metadata?.[CLUSTER_KEY] ?? "";

/** @throws StartError when the stream is of another cluster. */
export function assertOfCluster(stream: Labelled, cluster: string): void {
  const other = clusterIn(stream);
  if (other !== cluster)
    throw new StartError(
      `CLUSTER_NAME is ${JSON.stringify(cluster)}, but stream ${stream.name} is of the cluster ${JSON.stringify(other)}: ` +
        "each cluster needs brokers, or an account at them, of its own",
    );
}
