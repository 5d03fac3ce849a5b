import type { Logger } from "pino";
import { Outgoing } from "./outgoing.ts";
import type { World } from "./ports.ts";
import { Progress } from "./progress.ts";
import { Sequel } from "./sequel.ts";

/** A partition's way through its stream, from one start to its end. */
export interface Passage {
  readonly progress: Progress;
  readonly outgoing: Outgoing;
  readonly sequel: Sequel;
}

/** Begins where everything up to `seq` is done. `stored` is called when a copy has been stored. */
export function passageFrom(seq: number, world: World, stored: () => void, log: Logger): Passage {
  const progress = new Progress(seq);
  const outgoing = new Outgoing(world, { progress, stored, log });
  return { progress, outgoing, sequel: new Sequel(world, { progress, outgoing, log }) };
}
