import type { Logger } from "pino";
import type { Source } from "../events/source.ts";
import { Runner } from "./runner.ts";
import { ViewStore, type StoreOptions } from "./store/store.ts";

/** The views of a folder while they are open, and what keeps them up to date. */
export interface House {
  readonly store: ViewStore;
  /** The runner of each followed stream. */
  readonly runners: ReadonlyMap<string, Runner>;
  /** Resolves when all that was there at the start is in the views. */
  readonly ready: Promise<void>;
  /** Rejects when a stream cannot be followed any more; resolves after `close`. */
  readonly done: Promise<void>;
  /** The reason why the views cannot be used just now: their file has gone or is damaged. */
  ruined(): string | undefined;
  /** The reason why nothing can be written just now. */
  trouble(): string | undefined;
  /** Finishes what is in hand. Flushes, unless the views are ruined. */
  close(): Promise<void>;
}

/** Opens the views and follows the streams. @throws Error when the folder cannot be used or a source does not answer. */
export async function openHouse(
  options: StoreOptions,
  sources: readonly Source[],
  log: Logger,
): Promise<House> {
  const store = await ViewStore.open(options);
  const runners = new Map<string, Runner>();
  const all = (): Runner[] => [...runners.values()];
  const ruined = (): string | undefined => {
    if (store.gone) return "the file has gone";
    return all().find(({ damage }) => damage !== undefined)?.damage;
  };
  const close = async (): Promise<void> => {
    const isRuined = ruined() !== undefined;
    await Promise.all(all().map((runner) => runner.stop()));
    await store.close({ last: !isRuined });
  };
  try {
    for (const source of sources)
      runners.set(source.name, await Runner.start(source, store.table(source.name), log));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    store,
    runners,
    ready: Promise.all(all().map(({ ready }) => ready)).then(() => undefined),
    done: Promise.all(all().map(({ done }) => done)).then(() => undefined),
    ruined,
    trouble: () => all().find(({ trouble }) => trouble !== undefined)?.trouble,
    close,
  };
}
