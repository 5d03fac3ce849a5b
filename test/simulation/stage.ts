import type { Cluster } from "./cluster.ts";
import type { Device } from "./device.ts";
import type { History } from "./history.ts";
import type { HostMachine, Machine } from "./machines.ts";

/** The stage of a run: everything that can be harmed. */
export interface Stage {
  readonly cluster: Cluster;
  readonly hosts: readonly HostMachine[];
  /** Hosts and gateways. */
  readonly machines: readonly Machine[];
  readonly devices: readonly Device[];
  readonly history: History;
  /** A host that claims a stream stands still behind it. */
  stumbles: boolean;
  machine(name: string): Machine;
  /** The sockets of a gateway that has died, or was given up. */
  resetSockets(machine: Machine): void;
}
