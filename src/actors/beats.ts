import type { Routed, Routing } from "../protocol/internal/routes.ts";

/** A gateway that has heard none of three takes the owner of its streams for gone. */
const BEAT_MS = 1_000;

interface Parts {
  readonly beat: Routing["beat"];
  /** Every gateway that lives, also one without a session here: it expects to hear of each stream. */
  readonly gateways: () => Iterable<string>;
  /** How far this host has come; undefined: it cannot tell, as without a broker. */
  readonly streams: () => readonly Routed[] | undefined;
}

/** Beats of a host: each second every gateway is told how far the routing has come. */
export class Beats {
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | undefined;

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
    const { beat, gateways, streams } = this.#parts;
    const routed = streams();
    if (routed === undefined) return;
    for (const gatewayId of new Set(gateways())) beat(gatewayId, routed);
  }
}
