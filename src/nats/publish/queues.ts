import { UnavailableError, type Publication } from "./publication.ts";
import { Queue, type Flight, type Pending } from "./queue.ts";

/** A publish is given up after this: longer than any election or restart seen (20 s). */
export const GIVE_UP_MS = 60_000;
/** How many may wait for one stream: beyond it the caller is refused at once. */
const WAITING_MAX = 50_000;
/** Characters of all that wait for one stream; beyond it likewise. */
const WAITING_CHARS_MAX = 32 * 1024 * 1024;
/** With so many of the process unanswered the broker is behind, and what is patient waits … */
const CROWD = 64;
/** … but for no longer than this. */
const PATIENCE_MS = 100;
/** Words of groups that have gone out and are not answered, at most: a broker that takes long to answer gets on with them, too. */
const BULK_MAX = 16;
/** Those of them that go out in one turn of the loop: what follows from them comes back in one turn, too. */
const BULK_PER_TURN = 4;

/** The traffic to one stream. */
interface Traffic {
  /** Gone out and not answered. */
  readonly unanswered: number;
  /** The same of the whole process, but for streams that are away. */
  readonly crowd: number;
  /** Unanswered ones at most. */
  readonly window: number;
  readonly connected: boolean;
}

/** The publications for one stream that have not gone out. */
export class Queues {
  readonly #gathered: Queue;
  readonly #alone = new Queue(false);
  /** Receipts, which give way while the broker is behind (docs/adr/0010). */
  readonly #patient: Pending[] = [];
  /** Words of groups, of which thousands may come at once (docs/adr/0070). */
  readonly #bulk = new Queue(false);
  /** Those of them that wait here no longer, and have not ended. */
  #bulkDue = 0;
  #chars = 0;

  /** `gathers`: what may go in a batch does (docs/adr/0023). */
  constructor(gathers: boolean) {
    this.#gathered = gathers ? new Queue(true) : this.#alone;
  }

  get length(): number {
    return this.#impatient + this.#patient.length + this.#bulk.length;
  }

  get #impatient(): number {
    const { length } = this.#alone;
    return this.#gathered === this.#alone ? length : length + this.#gathered.length;
  }

  /** @throws UnavailableError when too many wait. */
  push(publication: Publication, since: number): void {
    const { alone, after, yields, chars = 0 } = publication;
    if (this.length >= WAITING_MAX || this.#chars + chars > WAITING_CHARS_MAX)
      throw new UnavailableError("too many publishes wait");
    this.#chars += chars;
    const queue = alone === true || after !== undefined ? this.#alone : this.#gathered;
    const deadline = since + GIVE_UP_MS;
    const pending = {
      publication,
      queue,
      since,
      deadline,
      payload: undefined,
      sentAt: 0,
      isRepeated: false,
      resendAt: 0,
    };
    if (yields === "patient") this.#patient.push(pending);
    else if (yields === "bulk") this.#bulk.push(pending);
    else queue.push(pending);
  }

  /** Is something patient due, where so many of the process are unanswered? */
  isDue(now: number, crowd: number): boolean {
    const [first] = this.#patient;
    return first !== undefined && (crowd < CROWD || now >= first.since + PATIENCE_MS);
  }

  /** Takes out those that go now. */
  *take(now: number, { unanswered, crowd, window, connected }: Traffic): Generator<Flight> {
    for (const due of this.#patient.splice(0, this.#due(now, crowd))) due.queue.push(due);
    const some = Math.min(BULK_PER_TURN, BULK_MAX - this.#bulkDue);
    for (const due of this.#bulk.take(some, connected).items) {
      this.#bulkDue += 1;
      due.queue.push(due);
    }
    // A stream that is away has a window of one, and may have more unanswered.
    let room = Math.max(0, window - unanswered);
    for (const queue of this.#each()) {
      const flight = queue.take(room, connected);
      room -= flight.items.length;
      this.#leave(flight.items);
      yield flight;
    }
  }

  /** Has the next turn of the loop words of groups to take? */
  get goesOn(): boolean {
    return this.#bulk.length > 0 && this.#bulkDue < BULK_MAX;
  }

  /** Words of groups whose turn has come, and which have not ended. */
  get bulky(): number {
    return this.#bulkDue;
  }

  /** One that was taken out is stored, or given up. */
  ended({ publication }: Pending): void {
    if (publication.yields === "bulk") this.#bulkDue -= 1;
  }

  /** Takes out those that may not wait any longer: as given up, or, where the stream is away, all but lasting ones. */
  hopeless(now: number, isAway: boolean): readonly Pending[] {
    const isOver = ({ publication, deadline }: Pending): boolean =>
      publication.lasting !== true && (isAway || deadline < now);
    const all = this.#each().flatMap((queue) => queue.drop(isOver));
    for (const each of all) this.ended(each);
    all.push(...this.#bulk.drop(isOver));
    if (isAway) all.push(...this.#patient.splice(0));
    this.#leave(all);
    return all;
  }

  #each(): readonly Queue[] {
    return this.#gathered === this.#alone ? [this.#alone] : [this.#gathered, this.#alone];
  }

  #leave(items: readonly Pending[]): void {
    for (const { publication } of items) this.#chars -= publication.chars ?? 0;
  }

  /** How many of the patient have their turn now. */
  #due(now: number, crowd: number): number {
    const room = CROWD - crowd - this.#impatient;
    const impatient = this.#patient.findIndex(
      ({ since }, i) => i >= room && now < since + PATIENCE_MS,
    );
    return impatient < 0 ? this.#patient.length : impatient;
  }
}
