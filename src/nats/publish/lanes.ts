import type { Logger } from "pino";
import type { Copy } from "../../events/copy.ts";
import type { Stated } from "../../events/event.ts";
import type { GroupAsk } from "../../events/groupask.ts";
import { isReceipt, merge } from "../../rules/receipts.ts";
import { reason } from "../connection.ts";
import { copyId, statedId } from "../names.ts";
import { parseEntrySubject } from "../subjects.ts";
import { ANY_TYPE, type Admits } from "./admission.ts";
import {
  NotAdmittedError,
  UnavailableError,
  type Publication,
  type Stored,
} from "./publication.ts";
import { precedenceOf, type Precedence } from "./precedence.ts";
import type { Publisher } from "./publisher.ts";

/** Before an actor's copy for which there was no room is tried again. */
const RETRY_MS = 1_000;
/** Before one that the broker can never take as it is configured is tried again: somebody has to act. */
const REFUSED_RETRY_MS = 10_000;
/** Between looks at the end whether lanes are empty. */
const LOOK_MS = 10;

type Event = Stated | Copy | GroupAsk;

/** A stored event, as it went out: a receipt may have taken others up. */
type Said<E> = Stored & { readonly event: E };

interface Waiter {
  resolve(said: Said<Event>): void;
  reject(error: unknown): void;
}

/**
 * Lanes: what goes from one place to another goes in order, the next when the one before is stored.
 * A receipt that has not gone out yet takes up the next: watermarks only rise.
 */
export class Lanes {
  readonly #publisher: Publisher;
  readonly #log: Logger;
  /** The last of each lane; the one under way is the first. */
  readonly #lanes = new Map<string, Item>();
  readonly #of: "facts" | "copies";
  readonly #admits: Admits;
  #closed = false;

  /**
   * Of an actor's copies none is skipped: they wait for ever. A fact is given up after the publisher's
   * minute, or at once where its stream is away, and a receipt that is one gives way to messages. So it is with an event of a type that
   * `admits` keeps out: a copy waits with its lane, a fact is refused.
   */
  constructor(publisher: Publisher, log: Logger, of: "facts" | "copies", admits = ANY_TYPE) {
    this.#publisher = publisher;
    this.#log = log;
    this.#of = of;
    this.#admits = admits;
  }

  /**
   * Resolves once stored, in the order of the calls on this lane. `again`: the broker knows the event's
   * own name and does not have it, so it gets another. `alone`: it never goes in a batch.
   */
  put<E extends Event>(
    lane: string,
    subject: string,
    event: E,
    { again, alone = false }: { again?: string | undefined; alone?: boolean } = {},
  ): Promise<Said<E>> {
    return new Promise((resolve, reject) => {
      // A receipt takes up receipts of the same family only.
      const waiter = { resolve: resolve as Waiter["resolve"], reject };
      const last = this.#lanes.get(lane);
      if (last?.takesUp(event, waiter) === true) return;
      const precedence = precedenceOf(event, this.#of);
      if (precedence.hasty && last !== undefined && this.#publisher.isAway(subject))
        return reject(new UnavailableError("the stream is away"));
      const item = new Item(this, { lane, subject, event, ...precedence, alone, again }, waiter);
      this.#lanes.set(lane, item);
      if (last === undefined) this.#put(item);
      else last.next = item;
    });
  }

  /**
   * Is it a receipt that one of the lane, which has not gone out yet, could take up? Then nobody is told
   * of it alone: a client that tells the same again and again costs no more than once.
   */
  takesUp(lane: string, event: Event): boolean {
    return this.#lanes.get(lane)?.takesUp(event) === true;
  }

  /** No more repeats: what is not stored now is left to the next start. */
  close(): void {
    this.#closed = true;
  }

  /** Waits until every lane is empty but those to streams that are away, at most `ms`. */
  async settle(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.#isUnderWay && performance.now() < deadline)
      await new Promise((done) => setTimeout(done, LOOK_MS));
  }

  /** Is anything under way that may be stored soon? */
  get #isUnderWay(): boolean {
    for (const { subject } of this.#lanes.values())
      if (!this.#publisher.isAway(subject)) return true;
    return false;
  }

  /** Do publications of these lanes wait as long as it takes? */
  get lasting(): boolean {
    return this.#of === "copies" && !this.#closed;
  }

  /** The first of a lane goes out, if its type may. */
  #put(item: Item): void {
    if (this.#admits(item.subject, item.type)) this.#publisher.put(item);
    else item.failed(new NotAdmittedError("the stream's rules are too low for it"));
  }

  /** The first of a lane is stored: the next goes out. */
  stored({ lane, next }: Item): void {
    if (next === undefined) this.#lanes.delete(lane);
    else this.#put(next);
  }

  /** The first of a lane is not stored. */
  failed(item: Item, error: Error): void {
    if (this.lasting) {
      this.#say(item, error);
      const passes = error instanceof UnavailableError || error instanceof NotAdmittedError;
      setTimeout(() => this.#put(item), passes ? RETRY_MS : REFUSED_RETRY_MS);
      return;
    }
    // A publication behind it may not overtake it: all of the lane fails, and may be tried again.
    this.#lanes.delete(item.lane);
    for (let each: Item | undefined = item; each !== undefined; each = each.next)
      each.reject(error);
  }

  /** Refused for good, a copy waits, too: the next of the lane would overtake it, and then it is a repeat for ever. */
  #say({ lane }: Item, error: Error): void {
    if (error instanceof UnavailableError)
      this.#log.error({ lane, reason: reason(error) }, "copy not stored yet");
    else if (error instanceof NotAdmittedError)
      this.#log.debug({ lane }, "copy waits for the rules of its stream");
    else this.#log.error({ lane, error }, "copy refused: its lane waits for it");
  }
}

interface Order extends Precedence {
  readonly lane: string;
  readonly subject: string;
  readonly event: Event;
  readonly alone: boolean;
  readonly again: string | undefined;
}

/** One event of a lane. */
class Item implements Publication {
  readonly lane: string;
  readonly subject: string;
  readonly yields: Publication["yields"];
  readonly hasty: boolean;
  readonly alone: boolean;
  next: Item | undefined;
  readonly #lanes: Lanes;
  readonly #waiters: Waiter[];
  readonly #again: string | undefined;
  #event: Event;
  /** It has gone out and is no longer changed. */
  #underWay = false;

  constructor(
    lanes: Lanes,
    { lane, subject, event, yields, hasty, alone, again }: Order,
    waiter: Waiter,
  ) {
    this.#lanes = lanes;
    this.lane = lane;
    this.subject = subject;
    this.#event = event;
    this.yields = yields;
    this.hasty = hasty;
    this.alone = alone;
    this.#waiters = [waiter];
    this.#again = again;
  }

  /** Takes a receipt up into this one, if it is one that has not gone out. */
  takesUp(event: Event, waiter?: Waiter): boolean {
    const mine = this.#event;
    if (this.#underWay || !isReceipt(mine) || !isReceipt(event)) return false;
    this.#event = merge(mine, event);
    if (waiter !== undefined) this.#waiters.push(waiter);
    return true;
  }

  get type(): Event["type"] {
    return this.#event.type;
  }

  get lasting(): boolean {
    return this.#lanes.lasting;
  }

  get chars(): number {
    const event = this.#event;
    return "body" in event ? event.body.length : 0;
  }

  /** Of receipts that were merged the last one's: it names all that this one says. */
  get id(): string | undefined {
    const event = this.#event;
    if (!("cause" in event)) return statedId(event, this.#again);
    return copyId(parseEntrySubject(this.subject).owner, event);
  }

  payload(): string {
    this.#underWay = true;
    return JSON.stringify(this.#event);
  }

  stored(seq: number, duplicate: boolean): void {
    for (const { resolve } of this.#waiters) resolve({ seq, duplicate, event: this.#event });
    this.#lanes.stored(this);
  }

  failed(error: Error): void {
    this.#lanes.failed(this, error);
  }

  reject(error: Error): void {
    for (const { reject } of this.#waiters) reject(error);
  }
}
