import type { Cluster } from "./cluster.ts";
import type { GroupWitness, Witness } from "./line.ts";
import type { GatewayMachine } from "./machines.ts";

/** Surroundings of a device: all that it has to do with. */
export interface Surroundings {
  readonly cluster: Cluster;
  readonly gateways: readonly GatewayMachine[];
  readonly witness: Witness;
  readonly groups: GroupWitness;
}
