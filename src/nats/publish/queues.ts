import type { Publication } from "./publication.ts";
import { Queue, type Flight, type Pending } from "./queue.ts";

/** A publish is given up after this: longer than any election or restart seen (20 s). */
export const GIVE_UP_MS = 60_000;
/** With so many unanswered the broker is behind, and what is patient waits … */
const CROWD = 64;
/** … but for no longer than this. */
const PATIENCE_MS = 100;

/** The stream at a subject, if publications there are gathered for it; undefined: each goes alone. */
export type TogetherAt = (subject: string) => string | undefined;

/** The publications that have not gone out, by the place where they go. */
export class Queues {
  readonly #togetherAt: TogetherAt;
  readonly #queues = new Map<string | undefined, Queue>();
  /** Receipts, which give way while the broker is behind (docs/adr/0010). */
  readonly #patient: Pending[] = [];

  constructor(togetherAt: TogetherAt) {
    this.#togetherAt = togetherAt;
  }

  get length(): number {
    return this.#impatient + this.#patient.length;
  }

  get #impatient(): number {
    let sum = 0;
    for (const { length } of this.#queues.values()) sum += length;
    return sum;
  }

  push(publication: Publication, since: number): void {
    const stream = publication.alone === true ? undefined : this.#togetherAt(publication.subject);
    let queue = this.#queues.get(stream);
    if (queue === undefined) this.#queues.set(stream, (queue = new Queue(stream !== undefined)));
    const deadline = since + GIVE_UP_MS;
    const pending = { publication, queue, since, deadline, payload: undefined, resendAt: 0 };
    if (publication.patient === true) this.#patient.push(pending);
    else queue.push(pending);
  }

  /** Takes out those that go now, `window` unanswered ones at most; `unanswered` are under way. */
  *take(now: number, unanswered: number, window: number, connected: boolean): Generator<Flight> {
    for (const due of this.#patient.splice(0, this.#due(now, unanswered))) due.queue.push(due);
    let room = window - unanswered;
    for (const queue of this.#queues.values()) {
      const flight = queue.take(room, connected);
      room -= flight.items.length;
      yield flight;
    }
  }

  /** Takes out those that have waited for too long. */
  overdue(now: number): readonly Pending[] {
    return [...this.#queues.values()].flatMap((queue) => queue.overdue(now));
  }

  /** How many of the patient have their turn now. */
  #due(now: number, unanswered: number): number {
    const room = CROWD - unanswered - this.#impatient;
    const impatient = this.#patient.findIndex(
      ({ since }, i) => i >= room && now < since + PATIENCE_MS,
    );
    return impatient < 0 ? this.#patient.length : impatient;
  }
}
