import type { Logger } from "pino";
import { deadLetters } from "./deadletters.ts";
import type { Source } from "../events/source.ts";
import { Runner } from "./runner.ts";
import { ViewStore } from "./store/store.ts";

/** What came of rebuilding the views of one stream. */
export interface Rebuilt {
  readonly stream: string;
  /** Seq the views have come to. */
  readonly seq: number;
  /** Entries that could not be read. */
  readonly dead: number;
}

/**
 * Drops every row and replays every stream. Posthorn may be running: whoever finds the views moved
 * goes on from where they are, and until they have caught up, questions are answered with
 * `view.behind` or with what is there.
 * @param told is called as each stream is done.
 * @throws Error when a source does not answer or the folder cannot be written.
 */
export async function rebuild(
  dir: string,
  sources: readonly Source[],
  log: Logger,
  told: (rebuilt: Rebuilt) => void,
): Promise<void> {
  const store = new ViewStore({ dir, log });
  try {
    for (const { name, epoch } of sources) store.table(name).reset(epoch);
    for (const source of sources) {
      const table = store.table(source.name);
      const runner = await Runner.start(source, table, log);
      await runner.ready;
      await runner.stop();
      told({ stream: source.name, seq: runner.applied, dead: deadLetters(table).count });
    }
  } finally {
    await store.close({ last: false });
  }
}
