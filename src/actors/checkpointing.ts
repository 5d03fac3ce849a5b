import type { Logger } from "pino";
import { every } from "./every.ts";

/** A checkpoint is saved so often … */
const CHECKPOINT_MS = 200;
/** … and, where that takes long, when so many times as long has passed behind it: a broker that is behind has an eighth of its work from saving … */
const RESTS = 7;
/** … but for no longer: all that was done since the last one is done again after a crash. */
const REST_MAX_MS = 1_000;

/** Saves the checkpoint of a partition now and then. @param now ms by a clock that only goes forward. */
export function checkpointing(
  save: () => Promise<void>,
  now: () => number,
  log: Logger,
): NodeJS.Timeout {
  let restsUntil = Number.NEGATIVE_INFINITY;
  const work = async (): Promise<void> => {
    const since = now();
    if (since < restsUntil) return;
    await save();
    const end = now();
    restsUntil = end + Math.min(RESTS * (end - since), REST_MAX_MS);
  };
  return every(CHECKPOINT_MS, work, log);
}
