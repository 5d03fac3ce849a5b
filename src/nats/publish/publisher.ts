import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { Link } from "../connection.ts";
import { Channel } from "./channel.ts";
import { Outlet } from "./outlet.ts";
import type { DestinationAt, Publication } from "./publication.ts";

const SWEEP_MS = 250;
/** Nothing was heard for so long: the broker is asked whether it is there. */
const DOUBT_MS = 1_000;
/** Time that the last ones may take at the end, while the broker is there. */
const SETTLE_MS = 5_000;
/** Between looks whether they are. */
const LOOK_MS = 10;

/** Where no places are known: one for all. */
const ANYWHERE: DestinationAt = () => ({ stream: "", gathers: false });

/**
 * Publishes and waits for the broker's acknowledgement, five times cheaper than `js.publish`: no timer and
 * no error object per message (docs/adr/0002). Each stream has a window of its own, so none waits for
 * another that is away (docs/adr/0035).
 */
export class Publisher {
  readonly #link: Link;
  readonly #log: Logger;
  readonly #outlet: Outlet;
  readonly #destinationAt: DestinationAt;
  readonly #gathers: boolean;
  /** Begins the names of batches. */
  readonly #nonce = randomBytes(6).toString("base64url");
  /** By the name of the stream. */
  readonly #channels = new Map<string, Channel>();
  readonly #offs: (() => void)[] = [];
  /** Something was heard of the broker then: an answer of any kind. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #storedAt = Number.NEGATIVE_INFINITY;
  #asking = false;

  /** `gathers`: publications for a stream that takes batches are stored in batches. */
  constructor(link: Link, log: Logger, destinationAt = ANYWHERE, gathers = false) {
    this.#link = link;
    this.#log = log;
    this.#outlet = new Outlet(link.nc);
    this.#destinationAt = destinationAt;
    this.#gathers = gathers;
  }

  start(): void {
    const sweep = setInterval(() => this.#sweep(performance.now()), SWEEP_MS);
    this.#offs.push(
      this.#link.onReconnect(() => {
        this.#asking = false;
        for (const channel of this.#channels.values()) channel.reconnected(performance.now());
      }),
      () => clearInterval(sweep),
    );
  }

  /** Waits until everything is acknowledged, at most `ms`; then nothing is sent again. */
  async stop(ms = this.#link.connected() ? SETTLE_MS : 0): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.size > 0 && performance.now() < deadline)
      await new Promise((done) => setTimeout(done, LOOK_MS));
    for (const off of this.#offs.splice(0)) off();
    for (const channel of this.#channels.values()) channel.stop();
  }

  /** How many are not yet acknowledged. */
  get size(): number {
    let sum = 0;
    for (const { size } of this.#channels.values()) sum += size;
    return sum;
  }

  /** When any stream last stored something, ms of the monotonic clock. */
  get storedAt(): number {
    return this.#storedAt;
  }

  /** Is the stream at this subject away, so that nothing put now would be stored soon? */
  isAway(subject: string): boolean {
    return this.#channels.get(this.#destinationAt(subject).stream)?.isAway === true;
  }

  /** Is what is put at this subject refused at once, since its stream is away and somebody else will know when it is back? */
  refuses(subject: string): boolean {
    return this.#channels.get(this.#destinationAt(subject).stream)?.refuses === true;
  }

  /** Resolves with the seq once it is stored. @throws what {@link Publication.failed} is told. */
  publish(subject: string, payload: string, id?: string): Promise<number> {
    return new Promise((stored, failed) => {
      this.put({ subject, id, chars: payload.length, payload: () => payload, stored, failed });
    });
  }

  /**
   * Stores it if the last entry at the subject is still the one at `after` (0: there is none). A repeat whose first answer was
   * lost is refused as well. @throws OutrunError, and as `publish`.
   */
  replace(subject: string, payload: string, after: number): Promise<number> {
    return new Promise((stored, failed) => {
      const chars = payload.length;
      this.put({ subject, after, chars, payload: () => payload, stored, failed });
    });
  }

  /** Stores it behind what was put for the same stream before, unless it is patient, and tells it of the outcome. */
  put(publication: Publication): void {
    const { stream, gathers } = this.#destinationAt(publication.subject);
    let channel = this.#channels.get(stream);
    if (channel === undefined)
      this.#channels.set(stream, (channel = this.#channelFor(stream, gathers)));
    channel.put(publication);
  }

  #channelFor(stream: string, gathers: boolean): Channel {
    return new Channel({
      link: this.#link,
      log: this.#log.child({ stream }),
      outlet: this.#outlet,
      nonce: `${this.#nonce}${this.#channels.size}-`,
      gathers: gathers && this.#gathers,
      heard: (stored) => this.#heard(stored),
      crowd: () => this.#crowd,
    });
  }

  #heard(stored: boolean): void {
    const now = performance.now();
    this.#heardAt = now;
    if (stored) this.#storedAt = now;
    const crowd = this.#crowd;
    for (const channel of this.#channels.values()) channel.look(now, crowd);
  }

  /** Unanswered publications but words of groups, and but for streams that are away: those say nothing of how busy the broker is. */
  get #crowd(): number {
    let sum = 0;
    for (const { isAway, underWay } of this.#channels.values()) if (!isAway) sum += underWay;
    return sum;
  }

  #sweep(now: number): void {
    for (const channel of this.#channels.values()) channel.sweep(now, this.#heardAt);
    if (this.#unheardFor(now) > DOUBT_MS) void this.#ask();
  }

  /** ms for which something has been unanswered and nothing was heard. */
  #unheardFor(now: number): number {
    let oldestAt = now;
    for (const channel of this.#channels.values())
      oldestAt = Math.min(oldestAt, channel.oldestAt ?? now);
    return now - Math.max(oldestAt, this.#heardAt);
  }

  /** Whether the broker is there at all, its answer to a ping tells: so one stream that is away is known from a broker that is. */
  async #ask(): Promise<void> {
    if (this.#asking || !this.#link.connected()) return;
    this.#asking = true;
    const heard = await this.#link.nc.flush().then(
      () => true,
      () => false,
    );
    this.#asking = false;
    if (heard) this.#heardAt = performance.now();
  }
}
