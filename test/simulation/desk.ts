import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { managerOf } from "./administration.ts";
import type { Cluster } from "./cluster.ts";
import { Connection } from "./connection.ts";
import { Program } from "./time.ts";

/** A stream that a command asks may be away for a moment: the command is run again so long behind. */
const AGAIN_MS = 1_000;

/** The desk of an operator: a program with a connection of its own, that runs one command. */
export class Desk {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly #cluster: Cluster;
  readonly #program = new Program("desk");

  constructor(cluster: Cluster) {
    const connection = new Connection(this.#program, cluster, "desk", cluster.anyServer());
    this.#cluster = cluster;
    this.nc = connection.link.nc as unknown as NatsConnection;
    this.jsm = managerOf(connection) as unknown as JetStreamManager;
  }

  /** Runs a command until it goes through. */
  sitDown(command: (desk: Desk) => Promise<void>): void {
    const again = (): void => void this.#cluster.time.after(AGAIN_MS, run, this.#program);
    const run = (): void => void command(this).catch(again);
    this.#cluster.time.after(0, run, this.#program);
  }
}
