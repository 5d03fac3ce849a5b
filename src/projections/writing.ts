import type { Logger } from "pino";
import { Outage } from "../outage.ts";
import { isDamage } from "./store/store.ts";
import { MovedError } from "./store/table.ts";

/** The wait after a transaction that failed, as on a full disk. */
export const RETRY_MS = 1_000;

/** Those who wait for their writing. */
interface Writer {
  /** Is what is to be written of no use any more? */
  readonly isOver: () => boolean;
  /** Another process has changed the views. */
  readonly moved: (error: MovedError) => void;
  readonly pause: (ms: number) => Promise<void>;
}

/** The writing of views: what cannot be written is tried again, and said. */
export class Writing {
  readonly #log: Logger;
  readonly #outage = new Outage();
  /** The reason why nothing can be written just now. */
  trouble: string | undefined;
  /** LMDB's word that the file is damaged: the views have to be built anew. */
  damage: string | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Takes note of an error that was met by reading. */
  noteDamage(error: unknown): void {
    this.damage ??= error instanceof Error ? error.message : String(error);
  }

  #tell(reason: string): void {
    const more = this.#outage.failed();
    if (more) this.#log.error({ reason, ...more }, "views cannot be written: trying again");
  }

  /** Writes, until it works. Sockets get their turn before the next. */
  async insist(write: () => void, { isOver, moved, pause }: Writer): Promise<void> {
    while (!isOver()) {
      try {
        write();
        this.trouble = undefined;
        if (this.#outage.over()) this.#log.info("views can be written again");
        return await new Promise((done) => setImmediate(done));
      } catch (error) {
        if (error instanceof MovedError) moved(error);
        else {
          this.trouble = error instanceof Error ? error.message : String(error);
          if (isDamage(error)) this.noteDamage(error);
          this.#tell(this.trouble);
          await pause(RETRY_MS);
        }
      }
    }
  }
}
