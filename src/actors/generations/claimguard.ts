import { OutrunError } from "../../events/record.ts";
import { SucceededError } from "../../events/source.ts";
import type { StreamLog } from "../ports.ts";

/**
 * Keeps an owner that was paused from putting back what its successor has saved (docs/adr/0044). Everything is saved by
 * compare-and-set; where something else was saved meanwhile, the log is asked who owns the stream.
 */
export class ClaimGuard {
  readonly #log: Pick<StreamLog, "end" | "owner">;
  readonly #succeeded: (error: SucceededError) => void;
  #look: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** `succeeded` is told that the stream has another owner. */
  constructor(log: Pick<StreamLog, "end" | "owner">, succeeded: (error: SucceededError) => void) {
    this.#log = log;
    this.#succeeded = succeeded;
  }

  /**
   * Saves. Where somebody else has saved since, it was an owner of before that had not read yet that it has a successor, or this
   * one, by a word whose answer was lost: that is replaced. Or it was a successor: then this owner is over.
   * @param reread looks what lies there now: before it is asked who owns the stream, so that what a successor saves behind that stays.
   * @throws SucceededError; OutrunError when it happened again meanwhile.
   */
  async save<T>(reread: () => Promise<unknown>, save: () => Promise<T>): Promise<T> {
    try {
      return await save();
    } catch (error) {
      if (!(error instanceof OutrunError)) throw error;
    }
    await reread();
    await this.#assertOwner();
    return save();
  }

  /** One look for all who ask meanwhile, that begins behind each asking: with replicas it is an entry. */
  #assertOwner(): Promise<void> {
    if (this.#look === undefined) return this.#begin();
    const begin = (): Promise<void> => this.#begin();
    return (this.#next ??= this.#look.then(begin, begin));
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    return (this.#look = this.#ask().finally(() => (this.#look = undefined)));
  }

  async #ask(): Promise<void> {
    try {
      await this.#log.end();
      await this.#log.owner();
    } catch (error) {
      if (error instanceof SucceededError) this.#succeeded(error);
      throw error;
    }
  }
}
