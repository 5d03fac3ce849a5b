import type { LinkState } from "../history/happening.ts";
import type { Cluster } from "./cluster.ts";

/** Everything that the nemesis may touch. */
export interface Prey {
  readonly cluster: Cluster;
  /** Hurts a device's link, or heals it. Returns how many connections it had. */
  readonly hurt: (device: string, how: LinkState) => number;
}

/** The hand of the nemesis: by it each kind of fault is done. */
export interface Hand {
  readonly prey: Prey;
  /** @throws the reason, when the run is broken off. */
  sleep(ms: number): Promise<void>;
  /** Waits for an effect, `withinMs` at most. Returns whether it was seen. */
  until(holds: () => boolean, withinMs?: number): Promise<boolean>;
}
