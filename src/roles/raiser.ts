import type { Logger } from "pino";
import { asOwner } from "../actors/ownership/claiming.ts";
import { raised, raises } from "../actors/ownership/raising.ts";
import type { Outlook } from "../actors/ownership/succession.ts";
import type { StreamLog } from "../actors/ports.ts";
import { mailboxStream } from "../nats/subjects.ts";
import type { Tenure } from "./tenure.ts";
import { pause } from "../nats/pause.ts";

interface Parts {
  readonly outlook: Pick<Outlook, "self" | "rules" | "roster">;
  /** By the number of the stream. */
  readonly logs: readonly StreamLog[];
  /** The actors of each stream that runs here. */
  readonly tenures: () => readonly (Pick<Tenure, "claim"> | undefined)[];
  /** So long nobody below the rules was heard. */
  readonly settleMs: number;
  /** ms of a clock that only goes forward. */
  readonly now: () => number;
  readonly log: Logger;
}

/** Raises the rules of the streams that run here, when everybody can read by higher ones (docs/adr/0047). */
export class Raiser {
  readonly #parts: Parts;
  /** Streams that are worked on. */
  readonly #busy = new Set<number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Looks at all streams. Due about twice a second. */
  look(): void {
    const { logs, tenures, log } = this.#parts;
    for (const [k, tenure] of tenures().entries()) {
      const stream = logs[k];
      if (tenure === undefined || stream === undefined || this.#busy.has(k)) continue;
      if (this.#due(stream.said) === undefined) continue;
      this.#busy.add(k);
      this.#raise(k, stream, tenure.claim)
        .catch((error: unknown) =>
          log.debug({ stream: mailboxStream(k), error }, "rules not raised; tried again"),
        )
        .finally(() => this.#busy.delete(k));
    }
  }

  #due({ owner }: StreamLog["said"]): number | undefined {
    const { outlook, settleMs, now } = this.#parts;
    return raises(outlook, owner, settleMs, now());
  }

  /** By compare-and-set on the newest word, which is looked at again. @throws SucceededError when another host has claimed it. */
  async #raise(k: number, stream: StreamLog, claim: number): Promise<void> {
    const { outlook, log } = this.#parts;
    const last = await asOwner(stream, outlook.self, claim, pause).owner();
    const rules = this.#due(last);
    if (rules === undefined) return;
    const seq = await stream.say(raised(last.owner, rules), last.seq);
    if (seq !== undefined)
      log.info({ stream: mailboxStream(k), seq, rules }, "rules raised: newer entries may follow");
  }
}
