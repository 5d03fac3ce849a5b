import type { Logger } from "pino";
import { every } from "./every.ts";
import type { Registry, Word } from "./ports.ts";

/** The registry is read so often. */
export const WATCH_MS = 1_000;
/** A gateway is declared dead that has said nothing for so long, while the registry took what others said. */
export const SILENT_MS = 6_000;
/** The registry has taken nothing new for so long: this host says something itself, to see whether it would. */
const WITNESS_MS = 2_500;
/** The registry has taken nothing for so long, or this host has not looked: what was counted before counts no longer. */
const GAP_MS = 4_000;
/** The loop of this host stood still for so long: others may have spoken meanwhile, and it has heard nothing. */
const STALL_MS = 1_000;
/** Ids that are asked about and of which the registry has no word; more wait for the next look. */
export const UNKNOWN_MAX = 1_000;
/** Dead ids that are remembered; one that is asked about later is looked for again. */
export const DEAD_MAX = 10_000;
/** Declarations in one look. */
const AT_ONCE = 64;

/** The last word on a gateway that this host has heard. */
interface Known {
  /** 0: the registry has none. */
  readonly revision: number;
  /** ms of this host's clock that only goes forward. */
  readonly heardAt: number;
  readonly isDead: boolean;
}

interface Parts {
  /** ms by a clock that only goes forward. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Knows which gateways are dead, and declares those that have fallen silent (docs/adr/0034). Dead is an id of which the
 * registry says so, for ever. Silence counts from when this host first heard of the id, and only while the registry is
 * seen to take words of others: an outage of the registry, a host that is cut off or stands still kill nobody.
 */
export class Deaths {
  readonly #registry: Registry;
  readonly #now: () => number;
  readonly #log: Logger;
  readonly #known = new Map<string, Known>();
  #unknown = 0;
  #dead = 0;
  /** Revision up to which the registry was read; 0: it is read from its beginning. */
  #after = 0;
  /** The registry was seen to take words since then … */
  #takesSince = Number.POSITIVE_INFINITY;
  /** … and last then. */
  #tookAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(registry: Registry, { now, log }: Parts) {
    this.#registry = registry;
    this.#now = now;
    this.#log = log;
  }

  start(): void {
    this.#timer = every(WATCH_MS, () => this.look(), this.#log);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Is the gateway dead? One of which the registry has no word is looked for from now on. */
  has(gatewayId: string): boolean {
    const known = this.#known.get(gatewayId);
    if (known !== undefined) return known.isDead;
    if (this.#unknown < UNKNOWN_MAX) {
      this.#unknown++;
      this.#known.set(gatewayId, { revision: 0, heardAt: this.#now(), isDead: false });
    }
    return false;
  }

  /** The gateways of which the registry has a word, and not that they are dead. */
  get living(): Iterable<string> {
    return [...this.#known].flatMap(([id, { revision, isDead }]) =>
      revision > 0 && !isDead ? [id] : [],
    );
  }

  /** Reads what the registry has taken since the last look, and declares who is silent. Never throws. */
  async look(): Promise<void> {
    const now = this.#now();
    if (now - this.#lookedAt > WATCH_MS + STALL_MS) this.#tookAt = Number.NEGATIVE_INFINITY;
    this.#lookedAt = now;
    try {
      await this.#hear();
      if (this.#now() - this.#tookAt >= WITNESS_MS && this.#isCounting) {
        await this.#registry.witness();
        this.#took();
      }
      await this.#declare();
    } catch (error) {
      this.#tookAt = Number.NEGATIVE_INFINITY;
      this.#log.debug({ error }, "registry of gateways not read");
    }
  }

  /** Is anybody alive, as far as is known? */
  get #isCounting(): boolean {
    return this.#known.size > this.#dead;
  }

  async #hear(): Promise<void> {
    const isFirst = this.#after === 0;
    const words = await this.#registry.words(this.#after);
    for (const word of words) this.#take(word);
    const last = words.at(-1);
    if (last === undefined) return;
    this.#after = last.revision;
    // All that lies there is new to the first reading.
    if (!isFirst) this.#took();
  }

  #take({ gatewayId, revision, is }: Word): void {
    if (is === "witness") return;
    const known = this.#known.get(gatewayId);
    if (known !== undefined && (known.isDead || revision <= known.revision)) return;
    if (known?.revision === 0) this.#unknown--;
    if (is === "dead") this.#bury(gatewayId, revision);
    else this.#known.set(gatewayId, { revision, heardAt: this.#now(), isDead: false });
  }

  /** The registry has just taken a word. */
  #took(): void {
    const now = this.#now();
    if (now - this.#tookAt > GAP_MS) this.#takesSince = now;
    this.#tookAt = now;
  }

  async #declare(): Promise<void> {
    const silent = [...this.#known].filter(
      ([, { isDead, heardAt }]) =>
        !isDead && this.#tookAt - Math.max(heardAt, this.#takesSince) >= SILENT_MS,
    );
    for (const [gatewayId, { revision }] of silent.slice(0, AT_ONCE)) {
      const isDeclared = await this.#registry.declareDead(gatewayId, revision);
      if (revision === 0) this.#unknown--;
      if (isDeclared) {
        this.#bury(gatewayId, revision);
        this.#log.warn({ gatewayId }, "gateway declared dead");
      } else await this.#hearAgain(gatewayId, revision);
    }
  }

  /** The gateway has another word than the one at `revision`. */
  async #hearAgain(gatewayId: string, revision: number): Promise<void> {
    const word = await this.#registry.word(gatewayId);
    this.#known.delete(gatewayId);
    // The registry is another by now.
    if (word === undefined || word.revision < revision) this.#after = 0;
    if (word !== undefined) this.#take(word);
  }

  #bury(gatewayId: string, revision: number): void {
    this.#known.delete(gatewayId);
    this.#known.set(gatewayId, { revision, heardAt: this.#now(), isDead: true });
    if (++this.#dead <= DEAD_MAX) return;
    for (const [oldest, { isDead }] of this.#known) {
      if (!isDead) continue;
      this.#known.delete(oldest);
      this.#dead--;
      return;
    }
  }
}
