import type { Msg, Subscription } from "@nats-io/transport-node";
import type { Entry } from "../../events/entry.ts";
import { instantOfText, msOf } from "../../events/instant.ts";
import type { Link } from "../connection.ts";
import { UnavailableError } from "../publish/publication.ts";
import { directGetSubject, parseEntrySubject } from "../subjects.ts";
import { FairQueue, reader, type Reader } from "./fair.ts";
import { readEnvelope, readTold, type Sized } from "./told.ts";

/** An answer of which nothing has come for so long is waited for no more. */
const ANSWER_MS = 5_000;
/** A question is asked so often at most, where each time the connection breaks before its answer is there. */
const ASKS_MAX = 4;
/** An answer that goes on coming is waited for so many times as long. */
const WAITS_MAX = 4;
/**
 * Reads of one stream under way at once: the questions of one mailbox. The broker works them off one by one, so more would
 * only make a newcomer wait, and the writers of the same stream: with 16 a pair that chats beside a herd waited twice as long.
 * A stream that does not answer takes no place of another's.
 */
const READS = 4;
/** Entries that those may bring together. */
const UNITS = 2_048;
/** A question without its entries costs the broker as much as so many of them (130 and 6 µs). */
const QUESTION_UNITS = 20;

/** Joint questions that have room beside each other: while one is answered the next is on its way. */
const JOINT_AT_ONCE = 2;
/** Askers of a joint question at most, of so many subjects each. With more it would wait until no other read is under way, and go alone. */
export const askersMax = (subjects: number): number =>
  Math.floor(UNITS / JOINT_AT_ONCE / (QUESTION_UNITS + subjects));

/** The question to the broker (NATS ADR-31). */
export type Request =
  /** The last entry of each subject. */
  | { readonly multi_last: readonly string[] }
  /** Entries of one subject from a seq on. */
  | {
      readonly seq: number;
      readonly batch: number;
      readonly max_bytes: number;
      readonly next_by_subj: string;
    };

/** A question that others join until its turn comes: each asker counts like one who asks alone. */
export interface JointRequest {
  readonly askers: () => number;
  /** Subjects of each. */
  readonly each: number;
  readonly put: () => Request;
  /** Hands the answer to those who have asked. */
  readonly deal: (answer: Answer) => void;
}

/** An entry as an answer has it: which generation it is of, the marks say. */
export type Found = Required<Omit<Entry, "generation" | "event" | Envelope>> &
  Pick<Entry, Envelope>;
type Envelope = "ended" | "endedBefore";

/** The answer of one replica. */
export interface Answer {
  readonly entries: readonly Found[];
  /** How many more it has behind the last. */
  readonly pending: number;
  /** To a request for the last of each subject: the last seq that it has; else 0. */
  readonly upTo: number;
}

const NOTHING: Answer = { entries: [], pending: 0, upTo: 0 };

/**
 * Asks the log by direct gets: one inbox for all, and a few at a time of each stream, the one first who has
 * had the least. On a connection of its own.
 */
export class DirectGets {
  readonly #link: Link;
  readonly #inbox: string;
  readonly #open = new Map<string, Question>();
  /** By the name of the stream. */
  readonly #queues = new Map<string, FairQueue>();
  #answers: Subscription | undefined;
  #tokens = 0;

  constructor(link: Link) {
    this.#link = link;
    this.#inbox = link.inbox();
  }

  start(): void {
    this.#answers = this.#link.nc.subscribe(`${this.#inbox}.*`, {
      callback: (_error, msg) =>
        this.#open.get(msg.subject.slice(this.#inbox.length + 1))?.hear(msg as Sized),
    });
  }

  /** A question that is open gets no answer any more. */
  stop(): void {
    this.#answers?.unsubscribe();
  }

  /** Questions to a stream that wait for their turn. */
  waitingFor(stream: string): number {
    return this.#queueOf(stream).length;
  }

  #queueOf(stream: string): FairQueue {
    let queue = this.#queues.get(stream);
    if (queue === undefined)
      this.#queues.set(stream, (queue = new FairQueue({ reads: READS, units: UNITS })));
    return queue;
  }

  /**
   * One answer, empty when it is none: nothing is found, its entries do not follow each other, or another
   * stream gave it (a mirror answers in its source's name, and may begin later). Nothing is promised of
   * whether it is complete. To a reader that has gone: empty.
   * @throws UnavailableError when nothing comes within 5 s, or not everything within 20, or there is no leader or no stream.
   */
  async ask(stream: string, request: Request, by: Reader): Promise<Answer> {
    const units = QUESTION_UNITS + ("batch" in request ? request.batch : request.multi_last.length);
    const queue = this.#queueOf(stream);
    return (await queue.run(by, units, () => this.#ask(stream, request))) ?? NOTHING;
  }

  /**
   * The same for many who have asked for as little each. Its place is theirs until they have asked on: one with much to read
   * does not come in between. @throws UnavailableError
   */
  async askJointly(stream: string, { askers, each, put, deal }: JointRequest): Promise<void> {
    const units = (): number => (QUESTION_UNITS + each) * askers();
    await this.#queueOf(stream).run(reader(), units, async () => {
      deal(await this.#ask(stream, put()));
      await new Promise((go) => setImmediate(go));
    });
  }

  #ask(stream: string, request: Request): Promise<Answer> {
    let token: string | undefined;
    let offReconnect: (() => void) | undefined;
    const leave = (): void => {
      if (token === undefined) return;
      this.#open.get(token)?.end();
      this.#open.delete(token);
    };
    return new Promise<Answer>((resolve, reject) => {
      let asks = 0;
      const ask = (): void => {
        if (asks++ === ASKS_MAX) return;
        // An answer to what was asked over a connection that broke does not come, or as one half of two.
        leave();
        token = (this.#tokens++).toString(36);
        this.#open.set(token, new Question(stream, resolve, reject));
        // The reconnect asks, and another connection that is back sooner may ask already.
        if (!this.#link.connected()) return;
        this.#link.nc.publish(directGetSubject(stream), JSON.stringify(request), {
          reply: `${this.#inbox}.${token}`,
        });
      };
      offReconnect = this.#link.onReconnect(ask);
      ask();
    }).finally(() => {
      leave();
      offReconnect?.();
    });
  }
}

const END_OF_BATCH = 204;
const NOT_FOUND = 404;

/** A question that waits for its answer, entry by entry. */
class Question {
  readonly #stream: string;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: UnavailableError) => void;
  #late: NodeJS.Timeout | undefined;
  #waits = 0;
  #isOver = false;
  readonly #entries: Found[] = [];
  #isWhole = true;

  constructor(
    stream: string,
    resolve: (answer: Answer) => void,
    reject: (error: UnavailableError) => void,
  ) {
    this.#stream = stream;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#wait();
  }

  /** No more is waited for. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#late);
  }

  #wait(): void {
    this.#waits++;
    const had = this.#entries.length;
    // Entries that came while this process stood still, or worked for so long, are read behind its timers.
    this.#late = setTimeout(() => setImmediate(() => this.#look(had)), ANSWER_MS);
  }

  #look(had: number): void {
    if (this.#isOver) return;
    if (this.#entries.length > had && this.#waits < WAITS_MAX) this.#wait();
    else this.#reject(new UnavailableError("the log does not answer"));
  }

  hear(msg: Sized): void {
    const told = readTold(msg);
    if (told === undefined) return this.#over(msg);
    const { stream, subject, seq, time, before } = told;
    if (stream !== this.#stream || before !== this.#last) this.#isWhole = false;
    const instant = instantOfText(time);
    const { kind, owner } = parseEntrySubject(subject);
    const entry = { kind, owner, seq, at: msOf(instant), instant, raw: msg.string() };
    this.#entries.push(kind === "group" ? { ...entry, ...readEnvelope(msg) } : entry);
  }

  #over({ headers }: Msg): void {
    switch (headers?.code) {
      case NOT_FOUND:
        return this.#resolve(NOTHING);
      case END_OF_BATCH:
        return this.#resolve(this.#answer((name) => Number(headers.get(name))));
      default:
        this.#reject(new UnavailableError(`the log answered ${headers?.code ?? "nothing"}`));
    }
  }

  #answer(said: (name: string) => number): Answer {
    if (!this.#isWhole || said("Nats-Last-Sequence") !== this.#last) return NOTHING;
    const [pending, upTo] = [said("Nats-Num-Pending"), said("Nats-UpTo-Sequence")];
    return { entries: this.#entries, pending, upTo };
  }

  /** Seq of the entry that came last. */
  get #last(): number {
    return this.#entries.at(-1)?.seq ?? 0;
  }
}
