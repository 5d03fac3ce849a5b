import type { Logger } from "pino";
import type { Host } from "../events/owner.ts";
import type { ReplicaWord } from "../protocol/internal/replica.ts";
import { Companions } from "./companions.ts";
import { change, stays } from "./keepers.ts";
import { kinOf } from "./kin.ts";
import type { OtherReplicas } from "./ports.ts";
import { VIEWS } from "./registry.ts";

/** A process that stops is waited for so long at most, until others can be asked what it could. */
const LEAVE_MS = 5_000;
/** Between looks whether they can. */
const LOOK_MS = 50;
/** First words that are answered at once in a turn, of processes that start together; the others hear the next word of the turn. */
const GREETED_MAX = 16;

export interface CompanyParts {
  /** This process, in this start. */
  readonly self: Host;
  /** So many processes are to keep each stream; undefined: all. */
  readonly copies: number | undefined;
  /** Between two turns. A word is said in every second one at least. */
  readonly turnMs: number;
  readonly peers: OtherReplicas;
  /** ms since any moment; it never goes back. */
  readonly elapsed: () => number;
  readonly log: Logger;
}

/** The name of the views and their versions, of whatever stream. */
const OWN_VIEWS = kinOf("", VIEWS);

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** The processes with projections among which this one is: what each says of itself, and who of them keeps what. */
export class Company {
  readonly #parts: CompanyParts;
  readonly #companions: Companions;
  readonly #deaf: () => void;
  #current: readonly string[] = [];
  #leaving = false;
  #saidLast = false;
  #greeted = 0;
  #short = false;

  constructor(parts: CompanyParts) {
    this.#parts = parts;
    this.#companions = new Companions(parts.turnMs);
    this.#deaf = parts.peers.onWord((word) => this.#hear(word));
  }

  /** Makes itself known, and where it matters who the others are waits for a turn: they answer a first word at once. */
  async meet(): Promise<void> {
    const { copies, turnMs } = this.#parts;
    this.#say();
    if (copies !== undefined) await pause(turnMs);
  }

  /** Are there fewer processes than are to keep each stream? */
  get isShort(): boolean {
    return this.#short;
  }

  /** Says what this process can be asked, when that has changed, and now and then. Looks who is there. */
  turn(current: readonly string[]): void {
    const isNews = current.join() !== this.#current.join();
    this.#current = current;
    const isLate = this.#greeted > GREETED_MAX;
    this.#greeted = 0;
    if (isLate || isNews || !this.#saidLast) this.#say();
    else this.#saidLast = false;
    this.#count();
  }

  /** The streams whose views this process is to begin, and to let go of. */
  change(streams: readonly string[], kept: ReadonlySet<string>): ReturnType<typeof change> {
    if (this.#leaving) return { begin: [], drop: [] };
    const { self, copies } = this.#parts;
    return change(streams, { self, copies, others: this.#others, kept });
  }

  /** The names of the others that are current in a stream, by the same views. */
  alike(stream: string): string[] {
    const alike = this.#others.filter((each) => each.views === OWN_VIEWS && stays(stream, each));
    return alike.map(({ host }) => host);
  }

  /** This process is about to stop: waits until others can be asked what only it can, as long as that may take. */
  async leave(): Promise<void> {
    const { copies, elapsed } = this.#parts;
    if (copies === undefined) return;
    this.#leaving = true;
    this.#say();
    const until = elapsed() + LEAVE_MS;
    while (this.#isNeeded && elapsed() < until) await pause(LOOK_MS);
  }

  stop(): void {
    this.#deaf();
  }

  get #others() {
    return this.#companions.living(this.#parts.elapsed());
  }

  /** Is somebody there who could keep a stream that nobody else has? */
  get #isNeeded(): boolean {
    const staying = this.#others.filter(({ leaving, isFresh }) => isFresh && !leaving);
    const isAlone = (stream: string): boolean => !staying.some((each) => stays(stream, each));
    return staying.length > 0 && this.#current.some(isAlone);
  }

  #hear(word: ReplicaWord): void {
    const { self, elapsed } = this.#parts;
    if (word.host === self.host || !this.#companions.hear(word, elapsed())) return;
    if (++this.#greeted <= GREETED_MAX) this.#say();
  }

  #say(): void {
    const { self, copies, peers } = this.#parts;
    this.#saidLast = true;
    peers.say({
      host: self.host,
      incarnation: self.incarnation,
      ...(copies !== undefined && { copies }),
      views: OWN_VIEWS,
      current: [...this.#current],
      leaving: this.#leaving,
    });
  }

  #count(): void {
    const { copies = 1, log } = this.#parts;
    const processes = 1 + this.#others.length;
    const isShort = processes < copies;
    if (isShort === this.#short) return;
    this.#short = isShort;
    if (isShort)
      log.warn({ processes, copies }, "fewer processes with projections than VIEW_REPLICAS");
    else log.info({ processes, copies }, "as many processes with projections as VIEW_REPLICAS");
  }
}
