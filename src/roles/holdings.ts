import type { Logger } from "pino";
import { asOwner, claimStream, ownedBy } from "../actors/ownership/claiming.ts";
import type { Roster } from "../actors/ownership/roster.ts";
import { claims, heir, type Outlook } from "../actors/ownership/succession.ts";
import type { Stream } from "../actors/generations/prepare.ts";
import type { Host } from "../events/owner.ts";
import type { Anchor } from "../events/record.ts";
import { RULES } from "../events/since.ts";
import { RolledBackError, SucceededError } from "../events/source.ts";
import { mailboxStream } from "../nats/subjects.ts";
import { StartError } from "../start-error.ts";
import { Setbacks } from "./setbacks.ts";
import { SHORTER, type Tenure } from "./tenure.ts";
import { pause } from "../nats/pause.ts";

/** A stream that somebody else runs is looked at so often, whatever is heard. */
const LOOK_MS = 2_000;
/** Streams are handed over so long behind one another, so that an heir has begun one before the next. */
const HAND_MS = 1_000;
/** Time in which this host reads that its stream is another's, when it stops. */
const PART_MS = 1_000;

interface Parts {
  readonly self: Host;
  readonly roster: Roster;
  readonly streams: readonly Stream[];
  /** Begins the actors of a stream. */
  readonly begin: (
    run: { k: number; claim: number; streams: readonly Stream[] },
    taken?: Anchor,
  ) => Promise<Tenure>;
  readonly connected: () => boolean;
  /** Does something again while the broker says nothing (nats/silence.ts). */
  readonly patiently: (attempt: () => Promise<void>) => Promise<void>;
  /** ms of a clock that only goes forward. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * The streams that this host runs, and those that it watches. A stream is claimed by an entry of its own, run from there on,
 * and left at the entry that names another: for no clock, and for no registry (docs/adr/0036).
 */
export class Holdings {
  /** Rejects with what nobody can go on from. */
  readonly done: Promise<never>;
  readonly setbacks: Setbacks;
  readonly #parts: Parts;
  readonly #outlook: Outlook;
  readonly #tenures: (Tenure | undefined)[];
  /** The reason why the actors of a stream have ended by themselves. */
  readonly #ends = new Map<number, unknown>();
  /** The last entry taken of a stream that came back shorter. */
  readonly #taken = new Map<number, Anchor>();
  readonly #lookedAt: number[];
  /** Streams that are worked on, and those that are to be once more. */
  readonly #busy = new Map<number, Promise<void>>();
  readonly #again = new Set<number>();
  #handedAt = Number.NEGATIVE_INFINITY;
  #stopping = false;
  #fail: (error: unknown) => void = () => undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { self, roster, streams } = parts;
    this.#outlook = { self, rules: RULES, roster, streams: streams.length };
    this.setbacks = new Setbacks(parts, this.#outlook);
    this.#tenures = streams.map(() => undefined);
    this.#lookedAt = streams.map(() => Number.NEGATIVE_INFINITY);
    this.done = new Promise((_, reject) => (this.#fail = reject));
    // A failure is heard where the roles are put together; until then nobody listens.
    this.done.catch(() => undefined);
  }

  /** Begins what is this host's to run, or nobody's. @throws StartError */
  async start(): Promise<void> {
    await Promise.all(this.#tenures.map((_, k) => this.#parts.patiently(() => this.#first(k))));
  }

  /** Begins a stream, unless a hint has had it begun since an earlier try. */
  async #first(k: number): Promise<void> {
    // Behind one look the next may have begun, which was asked for meanwhile.
    while (this.#busy.has(k)) await Promise.allSettled([this.#busy.get(k)]);
    if (this.#tenures[k] === undefined) await this.#alone(k, () => this.#follow(k, true));
  }

  /** The actors of each stream that this host runs; undefined: another does. */
  get tenures(): readonly (Tenure | undefined)[] {
    return this.#tenures;
  }

  /** Looks at all streams, as far as it is time. */
  look(): void {
    for (const k of this.#tenures.keys()) this.lookAt(k, false);
  }

  /** Does what is due for a stream; one thing at a time. `now`: its word about itself is read in any case. */
  lookAt(k: number, now: boolean): void {
    if (this.#stopping || this.#tenures.length <= k || this.setbacks.isResting(k)) return;
    if (now) this.#lookedAt[k] = Number.NEGATIVE_INFINITY;
    if (this.#busy.has(k)) return void this.#again.add(k);
    this.#alone(k, () => this.#work(k)).catch((error: unknown) => this.#notYet(k, error));
  }

  /** One thing at a time for a stream, so that it has one run here; what comes up meanwhile is looked at behind it. */
  #alone(k: number, work: () => Promise<void>): Promise<void> {
    const done = work().finally(() => {
      this.#busy.delete(k);
      if (this.#again.delete(k)) this.lookAt(k, false);
    });
    this.#busy.set(k, done);
    return done;
  }

  #notYet(k: number, error: unknown): void {
    if (error instanceof StartError) return this.#fail(error);
    this.setbacks.failed(k, error);
  }

  async #work(k: number): Promise<void> {
    const tenure = this.#tenures[k];
    if (tenure === undefined) return this.#follow(k);
    if (this.#ends.has(k)) return this.#over(k, tenure);
    if (tenure.owes(this.#parts.streams.map(({ log }) => log.said.owner.marks))) {
      await tenure.halt();
      this.#tenures[k] = undefined;
      return this.#follow(k, true);
    }
    await this.#offer(k, tenure);
  }

  /** Another host runs the stream, or nobody: claims it, if that is due. */
  async #follow(k: number, anew = false): Promise<void> {
    const { streams, now, self, log } = this.#parts;
    const stream = streams[k];
    if (stream === undefined || this.#stopping || !(anew || this.#isDue(k, stream))) return;
    this.#lookedAt[k] = now();
    const last = await stream.log.owner();
    if (!claims(this.#outlook, k, last.owner, now())) return this.setbacks.over(k);
    const seq = await claimStream(stream, self, last);
    if (seq === undefined) return;
    const { owner: before } = last.owner;
    const silentMs = before && Math.round(this.#parts.roster.silence(before, now()));
    log.info({ stream: mailboxStream(k), claim: seq, before, silentMs }, "stream claimed");
    await this.#begin(k, seq);
  }

  /** Is it time to look what a stream that does not run here says of itself? */
  #isDue(k: number, { log }: Stream): boolean {
    const now = this.#parts.now();
    const isLong = now - (this.#lookedAt[k] ?? 0) >= LOOK_MS;
    return isLong || claims(this.#outlook, k, log.said.owner, now);
  }

  async #begin(k: number, seq: number): Promise<void> {
    const { streams, self, begin } = this.#parts;
    const asOwned = streams.map(({ log, records }, j) =>
      j === k ? { log: asOwner(log, self, seq, pause), records } : { log, records },
    );
    try {
      const tenure = await begin({ k, claim: seq, streams: asOwned }, this.#taken.get(k));
      this.#taken.delete(k);
      this.#tenures[k] = tenure;
      this.setbacks.over(k);
      tenure.done.catch((error: unknown) => {
        if (this.#tenures[k] !== tenure) return;
        this.#ends.set(k, error);
        this.lookAt(k, true);
      });
    } catch (error) {
      if (!(error instanceof SucceededError)) throw error;
      this.#parts.log.info({ stream: mailboxStream(k), claim: seq }, "stream is another host's");
    }
  }

  /** The actors have ended by themselves. */
  async #over(k: number, tenure: Tenure): Promise<void> {
    const { log, connected } = this.#parts;
    const [stream, error] = [mailboxStream(k), this.#ends.get(k)];
    if (error instanceof SucceededError) {
      log.info({ stream, claim: tenure.claim, reason: error.message }, "stream handed over");
      await tenure.retire(connected);
    } else if (error instanceof RolledBackError) {
      log.error({ stream, reason: error.message }, SHORTER);
      if (tenure.last !== undefined) this.#taken.set(k, tenure.last);
      await tenure.halt();
    } else return this.#fail(error);
    this.#tenures[k] = undefined;
    this.#ends.delete(k);
    await this.#follow(k, true);
  }

  /** Names another host as the owner, if one is due: the actors go on until they read it. */
  async #offer(k: number, tenure: Tenure): Promise<void> {
    const now = this.#parts.now();
    const leaving = this.#stopping || tenure.trouble !== undefined;
    const to = leaving || now - this.#handedAt >= HAND_MS ? this.#heir(k, leaving) : undefined;
    if (to === undefined) return;
    this.#handedAt = now;
    await this.#name(k, tenure, to);
  }

  #heir(k: number, leaving: boolean): Host | undefined {
    const { streams, now } = this.#parts;
    const said = streams[k]?.log.said.owner;
    return said && heir(this.#outlook, k, said, { leaving, now: now() });
  }

  /** Stores who owns the stream now; undefined: nobody. */
  async #name(k: number, tenure: Tenure, to: Host | undefined): Promise<void> {
    const { streams, self, log } = this.#parts;
    const stream = streams[k];
    if (stream === undefined) return;
    if (to !== undefined) await tenure.save();
    const last = await asOwner(stream.log, self, tenure.claim, pause).owner();
    const seq = await stream.log.say(ownedBy(last.owner, to), last.seq);
    log.info({ stream: mailboxStream(k), to, stored: seq !== undefined }, "stream given away");
  }

  /** Hands over what others can run; of the rest it says that nobody does. Copies that are under way are stored. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled(this.#busy.values());
    await Promise.all(this.#tenures.map(async (tenure, k) => tenure && this.#leave(k, tenure)));
  }

  async #leave(k: number, tenure: Tenure): Promise<void> {
    const to = this.#heir(k, true);
    // Why they have ended is no matter any more.
    const over = tenure.done.catch(() => undefined);
    if (to !== undefined) {
      await this.#giveAway(k, tenure, to);
      await Promise.race([over, pause(PART_MS)]);
    }
    await tenure.retire(this.#parts.connected);
    if (to === undefined) await this.#giveAway(k, tenure, undefined);
    this.#tenures[k] = undefined;
  }

  /** Says who owns the stream from now on, or that nobody does, while the broker is there. */
  async #giveAway(k: number, tenure: Tenure, to: Host | undefined): Promise<void> {
    const { connected, log } = this.#parts;
    try {
      if (connected()) await this.#name(k, tenure, to);
    } catch (error) {
      if (error instanceof SucceededError) return;
      log.warn({ stream: mailboxStream(k), error }, "stream not given away: others find it silent");
    }
  }
}
