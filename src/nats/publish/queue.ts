import { departure, fitting } from "./gathering.ts";
import type { Publication } from "./publication.ts";

/** A publication from `put` to its answer. */
export interface Pending {
  readonly publication: Publication;
  readonly queue: Queue;
  /** It has waited since. */
  readonly since: number;
  /** Given up then. */
  readonly deadline: number;
  /** As it went out first. */
  payload: Buffer | undefined;
  /** It went out first then; 0: it waits. */
  sentAt: number;
  isRepeated: boolean;
  resendAt: number;
}

/** While its stream is away, one that somebody waits for is refused after this: a stream that is back answers within it, also a slow one. */
const PROBED_MS = 500;

/** So long one that has gone out waits for its answer. @param isAway Its stream is. */
export function untilOf({ publication, sentAt, deadline }: Pending, isAway: boolean): number {
  if (publication.lasting === true) return Number.POSITIVE_INFINITY;
  return isAway && publication.hasty === true ? sentAt + PROBED_MS : deadline;
}

/** Some that go out now: each alone, or all as one batch. */
export interface Flight {
  readonly queue: Queue;
  readonly items: readonly Pending[];
  readonly together: boolean;
}

/** The publications that wait for one place: a stream that takes them together, or anywhere else. */
export class Queue {
  readonly #gathers: boolean;
  #waiting: Pending[] = [];
  /** Gone out alone, and neither answered nor sent again. */
  readonly #alone = new Set<Pending>();
  #batch = false;

  /** `gathers`: as a group commit (docs/adr/0023); else everything goes at once. */
  constructor(gathers: boolean) {
    this.#gathers = gathers;
  }

  get length(): number {
    return this.#waiting.length;
  }

  push(pending: Pending): void {
    this.#waiting.push(pending);
  }

  /** Takes out those that go now, `room` at most. Without a connection all do: the next one sends each again, alone. */
  take(room: number, connected: boolean): Flight {
    if (!this.#gathers || !connected)
      return { queue: this, items: this.#waiting.splice(0, room), together: false };
    const { count, together } = departure({
      waiting: this.#waiting.length,
      alone: this.#alone.size,
      batch: this.#batch,
    });
    const first = this.#waiting.slice(0, Math.min(count, room));
    const items = together ? first.slice(0, fitting(first.map(bytesOf))) : first;
    this.#waiting.splice(0, items.length);
    const isBatch = together && items.length > 1;
    if (isBatch) this.#batch = true;
    else for (const each of items) this.#alone.add(each);
    return { queue: this, items, together: isBatch };
  }

  /** Takes out those for which it holds. */
  drop(holds: (pending: Pending) => boolean): readonly Pending[] {
    const dropped = this.#waiting.filter(holds);
    if (dropped.length > 0) this.#waiting = this.#waiting.filter((each) => !holds(each));
    return dropped;
  }

  /** One that went alone is answered, or goes again. */
  answered(pending: Pending): void {
    this.#alone.delete(pending);
  }

  /** The batch is answered, or was taken apart. */
  landed(): void {
    this.#batch = false;
  }
}

/** The payload, which changes no more. */
export function payloadOf(pending: Pending): Buffer {
  // From Node's pool: the client would make an array for each text.
  return (pending.payload ??= Buffer.from(pending.publication.payload()));
}

const bytesOf = (pending: Pending): number => payloadOf(pending).length;
