import type { Moved, Routed, Routing } from "../protocol/internal/routes.ts";

/** A gateway that has heard none of three takes the owner of its streams for gone. */
const BEAT_MS = 1_000;
/** A gateway is told again, when it asks, no sooner: it asks the host of each stream by itself. */
const HEEDED_MS = 250;
/** Behind a break of the link: at once, and again for streams whose reader is made anew. */
const SOON_MS = [0, 100, 250, 500] as const;

/** Headway: how far a stream has come in this host. */
export interface Headway extends Routed {
  /** The last entry that has come to its reader; undefined: none comes just now, as while the reader is made anew. */
  readonly heard: number | undefined;
}

interface Parts {
  readonly beat: Routing["beat"];
  /** Every gateway that lives, also one without a session here: it expects to hear of each stream. */
  readonly gateways: () => Iterable<string>;
  /** How far this host has come; undefined: it cannot tell, as without a broker. */
  readonly streams: () => readonly Headway[] | undefined;
  /** The groups that have moved lately, of those that a gateway follows. */
  readonly movedFor: (gatewayId: string) => readonly Moved[];
}

/**
 * Beats of a host: each second every gateway is told how far the routing has come, of each stream that keeps up. To be behind is to
 * know no end: a gateway that is told of one would call it confirmed.
 */
export class Beats {
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout[] = [];
  readonly #heeded = new Set<string>();
  /** By the number of the stream, the last entry that had come by the beat before. */
  readonly #heard = new Map<number, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#beat();
      for (const { k, heard } of this.#parts.streams() ?? [])
        if (heard !== undefined) this.#heard.set(k, heard);
    }, BEAT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const timer of this.#soon) clearTimeout(timer);
  }

  /** The link is back: what was said to gateways meanwhile is lost, and the next beat shows it to them. So it is not waited for. */
  soon(): void {
    for (const timer of this.#soon) clearTimeout(timer);
    this.#soon = SOON_MS.map((ms) => setTimeout(() => this.#beat(), ms));
  }

  /** A gateway that lives has had a break of its own link, and asks. */
  heed(gatewayId: string): void {
    if (this.#heeded.has(gatewayId) || !this.#gateways.has(gatewayId)) return;
    this.#heeded.add(gatewayId);
    setTimeout(() => this.#heeded.delete(gatewayId), HEEDED_MS).unref();
    this.#beat([gatewayId]);
  }

  #beat(to: Iterable<string> = this.#gateways): void {
    const { beat, streams, movedFor } = this.#parts;
    const routed = streams()?.filter((each) => this.#keepsUp(each));
    if (routed === undefined) return;
    for (const gatewayId of to) beat(gatewayId, routed, movedFor(gatewayId));
  }

  get #gateways(): ReadonlySet<string> {
    return new Set(this.#parts.gateways());
  }

  /** Do entries come, and has everything been routed that had come by the last beat in its turn? */
  #keepsUp({ k, upTo, heard }: Headway): boolean {
    return heard !== undefined && (this.#heard.get(k) ?? 0) <= upTo;
  }
}
