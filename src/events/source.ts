import type { Entry } from "./entry.ts";
import type { Instant } from "./instant.ts";
import type { Mark } from "./position.ts";

/** A stream that is read in order from any seq. */
export interface Source {
  /** `MAILBOX_<p>` or `ACTIVITY`. */
  readonly name: string;
  /** Names this life of the stream, and the deal by which it has its slots: what was made of another is void. */
  readonly epoch: string;
  /** The rules of the stream, as its last entry about itself said at the start; 0: it has none. */
  readonly rules: number;
  /** Seq of the newest entry ever stored, be it there or gone; 0 when there was none. @throws Error when the broker does not answer. */
  last(): Promise<number>;
  /** Where its generations begin, as far as this process has heard; of a stream without any: none. */
  readonly marks: readonly Mark[];
  /** As `last`, known for sure: with several replicas from an entry that is stored for it. @throws Error as `last`. */
  end(): Promise<number>;
  /** When the entry at `seq` was stored; undefined: nothing is there. @throws Error as `last`. */
  instantAt(seq: number): Promise<Instant | undefined>;
  /** The time by the clock that entries are stamped with, ms since 1970. @throws Error when the broker does not answer. */
  time(): Promise<number>;
  /**
   * Hands over every entry behind `after`, in order, in batches; the next batch comes when `take` has
   * finished. Goes on across reconnects and broker restarts. An error of `take` is fatal to the
   * follower and is what `done` rejects with.
   */
  follow(after: number, take: Take): Following;
}

/** The log is not the one that was read: it came back shorter (docs/adr/0018). */
export class RolledBackError extends Error {
  override readonly name = "RolledBackError";
}

/** The stream has another owner by its own word: this one has nothing more to say (docs/adr/0036). */
export class SucceededError extends Error {
  override readonly name = "SucceededError";
}

export type Take = (batch: readonly Entry[]) => Promise<void> | void;

/** A reader that follows a source. */
export interface Following {
  /**
   * Resolves when all that was there when following began, and is still there, has been taken: an
   * entry that is gone is not waited for. Stays open when following ends before.
   */
  readonly caughtUp: Promise<void>;
  /** Seq of the last entry that has come, be it taken or not; undefined: none comes just now, as without a broker. */
  readonly heard: number | undefined;
  /** Rejects when following has failed for good; resolves after `stop`. */
  readonly done: Promise<void>;
  /** Stops; resolves when the batch in hand is finished. */
  stop(): Promise<void>;
}
