import type { Entry } from "../../events/entry.ts";
import { positionAt, seqOf, type Mark } from "../../events/position.ts";
import {
  RolledBackError,
  SucceededError,
  type Following,
  type Source,
  type Take,
} from "../../events/source.ts";
import { anchorAt, anchorOf, comparison, isVoid, lastMailOf } from "../../rules/evidence.ts";
import { Cover } from "./cover.ts";
import { ClaimGuard } from "./claimguard.ts";
import type { Plan } from "./plan.ts";
import type { Records, StreamLog } from "../ports.ts";
import type { Anchor, Checkpoint, Highest, Taken } from "../../events/record.ts";

/** An entry after so long a silence is compared first: a store goes back only with its servers. */
const SILENCE_MS = 1_000;
/** A log that was found to be the same less than this ago is so still: half of the time that a store takes at least to go back. */
const SAME_MS = SILENCE_MS / 2;
/** Without entries the log is compared so often, since one that is shorter brings none. */
const COMPARE_MS = 2_000;
/** Batches of which the last message or receipt is known: more than lie between two checkpoints that are saved. */
const MAILS_MAX = 1_024;
/** Before a log of which nobody can tell whether it is the same is asked again. */
const RETRY_MS = 250;

interface Parts {
  readonly log: StreamLog;
  readonly records: Records;
  readonly plan: Plan;
  readonly highest: Highest | undefined;
  /** Milliseconds of a clock that never steps back. */
  readonly elapsed: () => number;
  /** Is told why copies wait for their anchor: at once, and again each 10 s. */
  readonly delayed: (error: unknown) => void;
  /** Is told once per outage why entries wait: nobody can tell whether the log is the one that was read. */
  readonly unsure: (error: unknown) => void;
}

/**
 * Stands between one stream's actors and everything that outlives them: compares the log with what has
 * been taken of it before anything is saved, saves an anchor before a copy leaves for another stream,
 * and keeps to itself what is to be told to some streams only.
 */
export class Keeper {
  /** Rejects with RolledBackError when the log is not the one that was read, with SucceededError when it names another owner. */
  readonly done: Promise<never>;
  readonly #parts: Parts;
  #plan: Plan;
  readonly #cover: Cover;
  #following: Following | undefined;
  /** By it everything is saved. */
  readonly guard: ClaimGuard;
  /** The last entry taken. */
  #last: Anchor | undefined;
  /** Position of the entry behind which the actors go on, as the marks have it that they begin with. */
  readonly #began: number;
  /** The last message or receipt of each batch, as far as a checkpoint or a snapshot may still ask for it. */
  readonly #mails: Taken[] = [];
  #takenAt = Number.NEGATIVE_INFINITY;
  /** The log was found to be the same by a question that was asked then. */
  #sameAt = Number.NEGATIVE_INFINITY;
  #doubtful = true;
  #stopped = false;
  #fail: (error: RolledBackError | SucceededError) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#plan = parts.plan;
    this.#began = positionAt(this.#marks, parts.plan.begin);
    this.done = new Promise((_, reject) => (this.#fail = reject));
    this.guard = new ClaimGuard(parts.log, (error) => this.#fail(error));
    const assertSame = (): Promise<void> => this.#assertSameLately();
    const { guard } = this;
    this.#cover = new Cover({ ...parts, guard, last: () => this.#last, assertSame });
    // A host that starts no partition does not wait for it.
    this.done.catch(() => undefined);
  }

  /** From now on the log is compared while nothing comes from it. */
  start(): void {
    this.#timer = setInterval(() => {
      if (this.#parts.elapsed() - this.#takenAt > SILENCE_MS) void this.doubt();
    }, COMPARE_MS);
  }

  /** Milliseconds of a clock that never steps back. */
  elapsed(): number {
    return this.#parts.elapsed();
  }

  /** Where the actors go on. */
  get begin(): number {
    return this.#plan.begin;
  }

  /** The generation of each stream that has been told all that it may have lost. */
  get told(): readonly number[] {
    return this.#plan.told;
  }

  /** Seq of the last entry that has come, be it taken or not; undefined: none comes just now. */
  get heard(): number | undefined {
    return this.#following?.heard;
  }

  /** The last entry taken. */
  get last(): Anchor | undefined {
    return this.#last;
  }

  /** As the stream says now. */
  get #marks(): readonly Mark[] {
    return this.#parts.log.said.owner.marks;
  }

  /** Saves nothing that waits for the broker. */
  stop(): void {
    this.#stopped = true;
    this.#cover.stop();
    clearInterval(this.#timer);
  }

  /** The broker was away, or says nothing: looks whether the log is still the one that was read. */
  async doubt(): Promise<void> {
    if (this.#stopped) return;
    this.#doubtful = true;
    // Its servers may have been away just now: what was found before says nothing of the log that they have come back with.
    this.#sameAt = Number.NEGATIVE_INFINITY;
    // Where nobody can tell, what comes next is compared before it is folded.
    await this.assertSame().catch(() => undefined);
  }

  /** The stream as it is followed by its actors. */
  follow(source: Pick<Source, "follow">, after: number, take: Take): Following {
    this.#following = source.follow(after, async (batch) => {
      await this.#beSure();
      this.#note(batch);
      await take(batch);
    });
    return this.#following;
  }

  /** @throws RolledBackError, SucceededError; while the broker does not answer, it waits. */
  async #beSure(): Promise<void> {
    for (let failures = 0; this.#isUnsure; failures++) {
      try {
        this.#doubtful = false;
        return await this.assertSame();
      } catch (error) {
        this.#doubtful = true;
        if (isEnd(error) || this.#stopped) throw error;
        if (failures === 0) this.#parts.unsure(error);
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  get #isUnsure(): boolean {
    return this.#doubtful || this.#parts.elapsed() - this.#takenAt > SILENCE_MS;
  }

  #note(batch: readonly Entry[]): void {
    this.#last = anchorOf(batch, this.#last) ?? this.#last;
    const mail = lastMailOf(batch);
    if (mail !== undefined) this.#mails.push(mail);
    if (this.#mails.length > MAILS_MAX) this.#mails.splice(0, MAILS_MAX / 2);
    this.#takenAt = this.#parts.elapsed();
  }

  /** @throws RolledBackError when the log is not the one that was read, SucceededError when it is another owner's; Error when nobody can tell. */
  async assertSame(): Promise<void> {
    try {
      const { log } = this.#parts;
      const askedAt = this.elapsed();
      const anchors = [this.#last, this.#cover.anchor];
      const { bad, isSame } = await comparison(log, this.#marks, anchors);
      if (bad !== undefined) throw new RolledBackError(`the log differs at ${seqOf(bad.position)}`);
      // Void anchors are compared with nothing. One of these actors' own is of a log that is gone, made anew or put back under them: its seq names another entry.
      const { position } = this.#last ?? { position: this.#began };
      if (isVoid(this.#marks, { position }))
        throw new RolledBackError(`${seqOf(position)} is of another generation by now`);
      if (isSame) this.#sameAt = askedAt;
    } catch (error) {
      if (isEnd(error)) this.#fail(error);
      throw error;
    }
  }

  /**
   * As `assertSame`, but asks nothing where the log was found to be the same a moment ago: its servers were there then, and none comes back
   * with another log within a second. So all that was read before that second is over is of this log.
   */
  async #assertSameLately(): Promise<void> {
    if (this.elapsed() - this.#sameAt > SAME_MS) await this.assertSame();
  }

  /** Saves how far the actors have come: everything up to `seq` is told. */
  async save(seq: number): Promise<void> {
    await this.assertSame();
    const { log, records } = this.#parts;
    const { epoch } = log;
    const position = positionAt(this.#marks, seq);
    const at = seq === 0 ? undefined : await log.instantAt(seq);
    const { told, again, bare } = this.#plan;
    const checkpoint: Checkpoint = {
      epoch,
      position,
      ...(at !== undefined && { on: this.anchorAt({ position, at }) }),
      told,
      ...(again !== undefined && seq < again.upTo && { again }),
      bare: seq < bare ? bare : 0,
    };
    await this.guard.save(
      () => records.checkpoint(),
      () => records.saveCheckpoint(checkpoint),
    );
  }

  /** An anchor at an entry that was taken, with the last message or receipt before it, if that is still known. */
  anchorAt(taken: Taken): Anchor {
    return anchorAt(
      taken,
      this.#mails.findLast(({ position }) => position <= taken.position),
    );
  }

  /** May a snapshot be used that lies at `seq`, where the mailbox is to be folded up to `upTo`? */
  allows(seq: number, upTo: number): boolean {
    return seq <= upTo || upTo >= this.#plan.bare;
  }

  /** Is a copy of the entry at `cause` due in stream `to`? While a stream is told again, others are not. */
  owes(to: number, cause: number): boolean {
    const { again } = this.#plan;
    return again === undefined || seqOf(cause) > again.upTo || again.for.includes(to);
  }

  /** Resolves, in the order of the calls, when an anchor at or above `cause` is saved. */
  covered(cause: number): Promise<void> {
    return this.#cover.covered(cause);
  }
}

/** Is it the end of these actors, whatever is tried again? */
const isEnd = (error: unknown): error is RolledBackError | SucceededError =>
  error instanceof RolledBackError || error instanceof SucceededError;
