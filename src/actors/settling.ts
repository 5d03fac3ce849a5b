import type { Logger } from "pino";
import { SucceededError } from "../events/source.ts";

/** Time that the last checkpoint may take when stopping. */
const SETTLE_MS = 3_000;

/** Saves the last checkpoint, if the broker takes it at once. */
export async function settling(save: () => Promise<void>, log: Logger): Promise<void> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error("not stored in time")), SETTLE_MS).unref(),
  );
  await Promise.race([save(), late]).catch((error: unknown) => {
    if (error instanceof SucceededError) return;
    log.warn({ error }, "last checkpoint not stored: the next start repeats a little more");
  });
}
