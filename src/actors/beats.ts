import type { Moved, Routed, Routing } from "../protocol/internal/routes.ts";

/** A gateway that has heard none of three takes the owner of its streams for gone. */
const BEAT_MS = 1_000;

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
  /** By the number of the stream, the last entry that had come by the beat before. */
  readonly #heard = new Map<number, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const { beat, gateways, streams, movedFor } = this.#parts;
    const routed = streams()?.filter((each) => this.#keepsUp(each));
    if (routed === undefined) return;
    for (const gatewayId of new Set(gateways())) beat(gatewayId, routed, movedFor(gatewayId));
  }

  /** Do entries come, and has everything been routed that had come by the beat before? */
  #keepsUp({ k, upTo, heard }: Headway): boolean {
    const due = this.#heard.get(k) ?? 0;
    if (heard !== undefined) this.#heard.set(k, heard);
    return heard !== undefined && due <= upTo;
  }
}
