import type { Logger } from "pino";
import type { Query, ViewReply } from "../protocol/internal/query.ts";
import type { Source } from "../events/source.ts";
import { ACTIVITY } from "./ports.ts";
import { answer } from "./queries.ts";
import { Runner } from "./runner.ts";
import { ViewStore } from "./store/store.ts";

/** A person counts as online for so long after the last human action. */
const ONLINE_MS = 20_000;

/** The views of a running process. */
export interface Projections {
  /** Resolves when everything that was stored at the start is in the views. */
  readonly ready: Promise<void>;
  /** Rejects when a stream cannot be followed any more; resolves after `stop`. */
  readonly done: Promise<void>;
  /** One per followed stream. */
  readonly runners: ReadonlyMap<string, Runner>;
  answer(query: Query): Promise<ViewReply>;
  /** Finishes what is in hand, flushes and closes. */
  stop(): Promise<void>;
}

export interface Options {
  /** Every mailbox stream and the activity stream. */
  readonly sources: readonly Source[];
  /** Folder of the views. */
  readonly dir: string;
  /** The stream with a user's mailbox. */
  readonly mailboxOf: (owner: string) => string;
  /** ms since 1970. */
  readonly now: () => number;
  /** A user counts as online for so long after the last human action; 20 s unless told. */
  readonly onlineMs?: number;
  /** Limit of the views' file; 64 GiB unless told. */
  readonly bytesMax?: number;
  readonly log: Logger;
}

/**
 * Opens the views and keeps them up to date.
 * @throws Error when the folder cannot be used or a source does not answer.
 */
export async function startProjections(options: Options): Promise<Projections> {
  const { sources, mailboxOf, log } = options;
  const store = new ViewStore(options);
  const runners = new Map<string, Runner>();
  for (const source of sources)
    runners.set(source.name, await Runner.start(source, store.table(source.name), log));
  const world = {
    streamOf: (query: Query) => (query.view === "lastseen" ? ACTIVITY : mailboxOf(query.owner)),
    table: (stream: string) => store.table(stream),
    moment: () => ({ now: options.now(), onlineMs: options.onlineMs ?? ONLINE_MS }),
    atLeast: async (stream: string, seq: number) => runners.get(stream)?.atLeast(seq) ?? false,
  };
  const all = [...runners.values()];
  return {
    ready: Promise.all(all.map(({ ready }) => ready)).then(() => undefined),
    done: Promise.all(all.map(({ done }) => done)).then(() => undefined),
    runners,
    answer: (query) => answer(query, world),
    stop: async () => {
      await Promise.all(all.map((runner) => runner.stop()));
      await store.close();
    },
  };
}
