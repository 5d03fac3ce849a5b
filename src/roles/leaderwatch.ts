import type { Logger } from "pino";
import { every } from "../actors/every.ts";
import type { Broker } from "../host/broker.ts";
import type { Scope } from "../host/scope.ts";
import { leaderMoves, type LeaderMove, type Replicated } from "../nats/balance/leaders.ts";
import { isWhole } from "../nats/balance/replicas.ts";
import { leaderships } from "../nats/balance/stepdown.ts";
import { pause } from "../nats/pause.ts";
import type { Actors } from "./actors.ts";

/** The streams are looked at so often. */
const LOOK_MS = 10_000;
/** Leaders are moved when all streams were whole, and unevenly led, for so long: servers that are restarted one after the other are left alone. */
const SETTLED_MS = 60_000;
/** A round that has led to nothing is followed by another one behind twice the time, and so on up to this. */
const SETTLED_MAX_MS = 3_600_000;
/** So long other streams have the servers for themselves, so that who copies to all of them waits for one at a time. */
const PAUSE_MS = 100;

interface Parts {
  /** All streams; undefined: there are none. */
  readonly streams: () => Promise<readonly Replicated[] | undefined>;
  /** Has a server hand a stream over. Resolves with who leads it then. */
  readonly move: (move: LeaderMove) => Promise<string | undefined>;
  /** Is it this host that is to look? Two that do so at once do no harm. */
  readonly isDue: () => boolean;
  /** ms of a clock that only goes forward. */
  readonly now: () => number;
  readonly log: Logger;
}

/** Spreads the leaders of the streams over the servers again, when one that was away has everything again (docs/adr/0072). */
export class LeaderWatch {
  readonly #parts: Parts;
  /** Since when all are whole, and unevenly led. */
  #since: number | undefined;
  #settledMs = SETTLED_MS;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = every(LOOK_MS, () => this.look(), this.#parts.log);
    this.#timer.unref();
  }

  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  /** Looks at the streams, and moves leaders if that is due. @throws Error when the broker refuses, or does not answer. */
  async look(): Promise<void> {
    const { streams, isDue, now } = this.#parts;
    const all = (isDue() && (await streams())) || [];
    const isCalm = all.length > 0 && all.every(isWhole);
    const moves = isCalm ? leaderMoves(all) : [];
    if (moves.length === 0) {
      this.#since = undefined;
      if (isCalm) this.#settledMs = SETTLED_MS;
      return;
    }
    this.#since ??= now();
    if (now() - this.#since < this.#settledMs) return;
    this.#since = undefined;
    this.#settledMs = Math.min(2 * this.#settledMs, SETTLED_MAX_MS);
    await this.#carryOut(moves);
  }

  async #carryOut(moves: readonly LeaderMove[]): Promise<void> {
    const { move, isDue, log } = this.#parts;
    for (const each of moves) {
      if (this.#isOver || !isDue()) return;
      log.info({ ...each, leader: await move(each) }, "leader of a stream moved");
      await pause(PAUSE_MS);
    }
  }
}

/** Has the leaders of replicated streams spread again, as long as this host is the one to do so. */
export async function watchLeaders(
  { link, topology }: Broker,
  actors: Pick<Actors, "isFirst">,
  scope: Scope,
  log: Logger,
): Promise<void> {
  if (topology.replicas < 2) return;
  const { streams, move } = await leaderships(link.nc);
  const isDue = (): boolean => link.connected() && actors.isFirst;
  const now = (): number => performance.now();
  await scope.start(new LeaderWatch({ streams, move, isDue, now, log }));
}
