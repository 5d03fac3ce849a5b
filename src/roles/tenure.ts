import type { Logger } from "pino";
import { Keeper } from "../actors/generations/keeper.ts";
import { prepare, type Stream } from "../actors/generations/prepare.ts";
import { Partition, type PartitionParts } from "../actors/partition.ts";
import type { World } from "../actors/ports.ts";
import { latest, type Mark } from "../events/position.ts";
import type { Anchor } from "../events/record.ts";
import { reason } from "../nats/connection.ts";
import type { Admits } from "../nats/publish/admission.ts";
import { pause } from "../nats/pause.ts";
import { Lanes } from "../nats/publish/lanes.ts";
import type { Publisher } from "../nats/publish/publisher.ts";
import { mailboxStream } from "../nats/subjects.ts";
import type { Moved } from "../protocol/internal/routes.ts";

/** Said when it is noticed, at the start as well, and again with the generation that begins. */
export const SHORTER = "the log came back shorter: a generation begins, and all is told again";
/** Time that the last copies may take at the end. */
const SETTLE_MS = 5_000;
/** Time that snapshots may take before the stream is given to another host: some thousand of them. */
const SAVE_MS = 3_000;

interface Parts {
  readonly k: number;
  /** The seq of the claim by which the actors run. */
  readonly claim: number;
  readonly streams: readonly Stream[];
  readonly publisher: Publisher;
  readonly admits: Admits;
  readonly world: (keeper: Keeper, lanes: Lanes, stream: Stream) => World;
  readonly partition: Omit<PartitionParts, "log">;
  readonly log: Logger;
}

/** The actors of one stream, from a claim of it to their end. */
export class Tenure {
  readonly claim: number;
  readonly #keeper: Keeper;
  readonly #lanes: Lanes;
  readonly #partition: Partition;

  private constructor(
    claim: number,
    { keeper, lanes, partition }: { keeper: Keeper; lanes: Lanes; partition: Partition },
  ) {
    this.claim = claim;
    this.#keeper = keeper;
    this.#lanes = lanes;
    this.#partition = partition;
  }

  /**
   * Begins at the checkpoint, behind a look at whether the stream has come back shorter.
   * @param taken the last entry that this process had taken of it, when it noticed something.
   * @throws Error when the broker does not answer; SucceededError when another host has claimed it since.
   */
  static async begin(parts: Parts, taken?: Anchor): Promise<Tenure> {
    const { k, claim, streams, publisher, log } = parts;
    const own = streams[k];
    if (own === undefined) throw new Error(`there is no stream ${k}`);
    const prepared = await prepare(k, streams, taken, (generation) =>
      log.error({ stream: mailboxStream(k), generation }, SHORTER),
    );
    const lanes = new Lanes(publisher, log, "copies", parts.admits);
    const elapsed = (): number => performance.now();
    const delayed = (error: unknown): void =>
      log.warn({ stream: mailboxStream(k), reason: reason(error) }, "copies wait for their anchor");
    const unsure = (error: unknown): void =>
      log.warn({ stream: mailboxStream(k), reason: reason(error) }, "entries wait to be compared");
    const keeper = new Keeper({ ...own, ...prepared, elapsed, delayed, unsure });
    const partition = new Partition(parts.world(keeper, lanes, own), { ...parts.partition, log });
    const tenure = new Tenure(claim, { keeper, lanes, partition });
    keeper.start();
    try {
      await partition.start();
      return tenure;
    } catch (error) {
      await tenure.halt();
      throw error;
    }
  }

  /** Rejects when the actors cannot go on: with RolledBackError, SucceededError, or what is a bug. */
  get done(): Promise<void> {
    return Promise.race([this.#partition.done, this.#keeper.done]);
  }

  /** The reason why the actors go no further; undefined: all is well. */
  get trouble(): string | undefined {
    return this.#partition.trouble;
  }

  /** Seq of the last entry taken. */
  get seq(): number {
    return this.#partition.seq;
  }

  /** Everything at or below this seq that concerns sessions has been handed to the routing. */
  get routed(): number {
    return this.#partition.routed;
  }

  /** The groups that have moved lately, of those that the gateway follows. */
  movedFor(gatewayId: string): Moved[] {
    return this.#partition.movedFor(gatewayId);
  }

  /** Seq of the last entry that has come, be it taken or not; undefined: none comes just now. */
  get heard(): number | undefined {
    return this.#keeper.heard;
  }

  /** The broker was away: is the log still the one that was read? */
  doubt(): void {
    void this.#keeper.doubt();
  }

  /** The last entry taken, as evidence. */
  get last(): Anchor | undefined {
    return this.#keeper.last;
  }

  /** Actors in memory. */
  get load(): number {
    return this.#partition.load;
  }

  /** Has a stream begun a generation since these actors began, so that it is to be told again? `marks`: by stream. */
  owes(marks: readonly (readonly Mark[])[]): boolean {
    return marks.some((each, j) => latest(each) > (this.#keeper.told[j] ?? 0));
  }

  /** Has snapshots of the actors written, which go on, as far as the time allows: the next owner then has little to read. */
  async save(): Promise<void> {
    let isOver = false;
    const saved = this.#partition.saveActors(() => isOver);
    // Snapshots save time and nothing else. A log that came back shorter is told by `done`.
    await Promise.race([saved.catch(() => undefined), pause(SAVE_MS)]);
    isOver = true;
  }

  /** Ends them at once: what is under way is left to the next owner. */
  async halt(): Promise<void> {
    this.#lanes.close();
    this.#keeper.stop();
    await this.#partition.stop();
  }

  /** Ends them: copies that are under way are stored, then the checkpoint behind them, if the broker is there. */
  async retire(connected: () => boolean): Promise<void> {
    await this.#partition.stop();
    this.#lanes.close();
    await this.#lanes.settle(connected() ? SETTLE_MS : 0);
    if (connected()) await this.#partition.settle();
    this.#keeper.stop();
  }
}
