import type { World } from "../../src/gateway/ports.ts";
import type { Cluster } from "./cluster.ts";

/** A rule that the wiring of a simulation breaks on purpose: the code itself stays as it is. */
export interface Cheat {
  /** Before anything runs. Returns how to undo it. */
  begin?(cluster: Cluster): (() => void) | void;
  /** The ports of a gateway. */
  gateway?(world: World): World;
  /** Devices show whatever they are told. */
  readonly showsRepeats?: boolean;
}

/** Puts another method in the place of one until the end of the run. */
export function patched<T extends object>(of: T, name: keyof T, method: unknown): () => void {
  const real = Object.getOwnPropertyDescriptor(of, name)!;
  Object.defineProperty(of, name, {
    ...real,
    ...(real.get ? { get: method as () => unknown } : { value: method }),
  });
  return () => void Object.defineProperty(of, name, real);
}

export const but = (world: World, other: Partial<World>): World =>
  Object.assign(Object.create(world) as World, other);
