import { seqOf, type Mark } from "../../events/position.ts";
import { TRAIL_MAX, type Anchor, type Highest, type Taken } from "../../events/record.ts";
import { RolledBackError, SucceededError } from "../../events/source.ts";
import type { Records, StreamLog } from "../ports.ts";
import type { ClaimGuard } from "./claimguard.ts";
import { beginning, ofThis } from "./judge.ts";

/** Before an anchor that could not be saved is saved again. */
const RETRY_MS = 250;
/** Behind an anchor the next one waits as long as that took, at most so long: the slower the broker, the more copies share one. */
const REST_MAX_MS = 100;
/** Of so many failures in a row one is told: one each 10 s. */
const TOLD_EACH = 40;

interface Parts {
  readonly log: StreamLog;
  readonly records: Records;
  readonly guard: ClaimGuard;
  readonly highest: Highest | undefined;
  /** Milliseconds of a clock that never steps back. */
  readonly elapsed: () => number;
  /** The last entry that was taken. */
  readonly last: () => Anchor | undefined;
  /** @throws RolledBackError when the log is not the one that was read; Error when nobody can tell. */
  readonly assertSame: () => Promise<void>;
  /** Is told why copies wait for their anchor: at once, and again each 10 s. */
  readonly delayed: (error: unknown) => void;
}

/** The highest anchor of a stream: one at or above its cause is saved before a copy leaves for another stream, and none goes below it. */
export class Cover {
  readonly #parts: Parts;
  #highest: Highest;
  #gate: Promise<void> = Promise.resolve();
  #restsUntil = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#highest = parts.highest ?? beginning(parts.log);
  }

  get anchor(): Anchor | undefined {
    return this.#highest.anchor;
  }

  /** Saves nothing that waits for the broker. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves, in the order of the calls, when an anchor at or above `cause` is saved. */
  covered(cause: number): Promise<void> {
    this.#gate = this.#gate.then(() => this.#cover(cause));
    return this.#gate;
  }

  get #position(): number {
    return this.#highest.anchor?.position ?? 0;
  }

  async #cover(cause: number): Promise<void> {
    for (let failures = 0; this.#position < cause; failures++) {
      if (this.#stopped) throw new Error("the host is stopping");
      try {
        await this.#rest();
        await this.#save(cause);
      } catch (error) {
        if (error instanceof RolledBackError || error instanceof SucceededError) throw error;
        if (failures % TOLD_EACH === 0) this.#parts.delayed(error);
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  /** The wait behind the last anchor; one that comes later than that waits for nothing. */
  async #rest(): Promise<void> {
    const ms = this.#restsUntil - this.#parts.elapsed();
    if (ms > 0) await new Promise((done) => setTimeout(done, ms));
  }

  /** @throws Error when the entry at `cause` has not been taken yet, or nothing can be saved. */
  async #save(cause: number): Promise<void> {
    const { log, records, guard, last, assertSame, elapsed } = this.#parts;
    const since = elapsed();
    const anchor = last();
    if (anchor === undefined || anchor.position < cause)
      throw new Error(`${seqOf(cause)} has not been taken`);
    await assertSame();
    const reread = async (): Promise<void> => {
      const there = ofThis(log, await records.highest());
      if (there?.anchor !== undefined && there.anchor.position > this.#position)
        this.#highest = there;
    };
    await guard.save(reread, async () => {
      const highest = risen(this.#highest, anchor, log.said.owner.marks);
      await records.saveHighest(highest);
      this.#highest = highest;
    });
    this.#restsUntil = elapsed() + Math.min(elapsed() - since, REST_MAX_MS);
  }
}

/** An owner of before may have come further than this one yet: then its anchor stays. */
function risen(highest: Highest, anchor: Anchor, marks: readonly Mark[]): Highest {
  const { position, at } = anchor;
  if ((highest.anchor?.position ?? 0) >= position) return { ...highest, marks: [...marks] };
  const trail = thinned([...highest.trail, { position, at }]);
  return { ...highest, anchor, trail, marks: [...marks] };
}

/** Every second of the older half goes when there are too many. */
function thinned(trail: readonly Taken[]): Taken[] {
  if (trail.length <= TRAIL_MAX) return [...trail];
  const half = TRAIL_MAX / 2;
  return [...trail.slice(0, half).filter((_, i) => i % 2 === 0), ...trail.slice(half)];
}
