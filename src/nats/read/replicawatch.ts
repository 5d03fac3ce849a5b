import type { Topology } from "../topology.ts";
import { FED, hungerAfter, type Hunger, type Fare } from "./hunger.ts";

/** Between two looks: the reader moves where an entry has not come by the next but one, so within 5 s in all. */
const LOOK_MS = 2_000;

interface Parts {
  readonly topology: Topology;
  readonly stream: string;
  /** How the reader is; `end` is the watch's own affair. */
  readonly reader: () => Omit<Fare, "end">;
  /** The replica keeps something back: the stream reaches `end`. */
  readonly starved: (end: number) => void;
  /** For specs. */
  readonly lookMs?: number | undefined;
}

/** Watches over the replica that feeds a reader. A stream with one replica needs none. */
export class ReplicaWatch {
  readonly #parts: Parts;
  #hunger: Hunger = FED;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    const { topology, lookMs = LOOK_MS } = this.#parts;
    if (topology.replicas > 1) this.#timer = setInterval(() => void this.#look(), lookMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#asking) return;
    const { reader, starved } = this.#parts;
    this.#asking = true;
    // A reader that has enough to do is not asked about.
    const end = reader().isWaiting ? await this.#end() : undefined;
    this.#asking = false;
    const before = this.#hunger.end;
    const [hunger, moves] = hungerAfter(this.#hunger, { ...reader(), end });
    this.#hunger = hunger;
    if (moves) starved(before);
  }

  /** The stream's end, as its leader says; undefined: it has none, or does not answer. */
  #end(): Promise<number | undefined> {
    const { topology, stream } = this.#parts;
    return topology.jsm.streams.info(stream).then(
      ({ state }) => state.last_seq,
      () => undefined,
    );
  }
}
