import type { Logger } from "pino";
import type { Movement } from "./group/movement.ts";
import { Stating } from "./group/stating.ts";
import { Outgoing } from "./outgoing.ts";
import type { Parking } from "./parking.ts";
import type { World } from "./ports.ts";
import { Progress } from "./progress.ts";
import { Sequel } from "./sequel.ts";

/** A partition's way through its stream, from one start to its end. */
export interface Passage {
  readonly progress: Progress;
  readonly outgoing: Outgoing;
  readonly stating: Stating;
  readonly sequel: Sequel;
}

interface Parts {
  readonly movement: Movement;
  /** Called when a copy has been stored. */
  readonly stored: () => void;
  readonly log: Logger;
}

/** Begins where everything up to `seq` is done. */
export function passageFrom(seq: number, world: World, { movement, stored, log }: Parts): Passage {
  const progress = new Progress(seq);
  const outgoing = new Outgoing(world, { progress, stored, log });
  const stating = new Stating(world, progress, log);
  const sequel = new Sequel(world, { progress, outgoing, stating, movement, log });
  return { progress, outgoing, stating, sequel };
}

/** Copies to the own stream that are under way: beyond it reading waits. */
const COPIES_MAX = 8_192;

/** Is so much under way that reading has to wait? Facts that groups owe are no reason: they come by reading. */
export function isFull({ progress, outgoing, stating }: Passage, parking: Parking): boolean {
  const copies = progress.size - parking.size - outgoing.elsewhere - stating.held;
  return copies > COPIES_MAX || parking.isFull || outgoing.isFull;
}
