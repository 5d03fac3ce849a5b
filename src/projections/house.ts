import type { Logger } from "pino";
import type { Source } from "../events/source.ts";
import { Runner } from "./runner.ts";
import type { ViewStore } from "./store/store.ts";

/** The views of a stream while their file is open, and what keeps them up to date. */
export interface House {
  readonly store: ViewStore;
  readonly runner: Runner;
  /** The reason why the views cannot be used just now: their file has gone or is damaged. */
  ruined(): string | undefined;
  /** Finishes what is in hand. Flushes, unless the views are ruined. */
  close(): Promise<void>;
}

/** Follows a stream into a file of its views that is open. @throws Error when the source does not answer. */
export async function openHouse(store: ViewStore, source: Source, log: Logger): Promise<House> {
  const runner = await Runner.start(source, store.table, log);
  const ruined = (): string | undefined => (store.gone ? "the file has gone" : runner.damage);
  return {
    store,
    runner,
    ruined,
    close: async () => {
      const isRuined = ruined() !== undefined;
      await runner.stop();
      await store.close({ last: !isRuined });
    },
  };
}
