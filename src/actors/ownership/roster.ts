import { isSameStart, type Host } from "../../events/owner.ts";
import type { Beat, Bystander } from "../../protocol/internal/beat.ts";

/** An owner that was not heard for so long is suspected. Five beats are missed by then. */
export const SUSPECT_MS = 2_500;
/** A loop that stood still for longer has not heard what was said meanwhile. */
const STALL_MS = 1_000;
/** Without its own beat for so long a host is cut off from the others, and not they from it: three are missed by then. */
const ECHO_MS = 1_500;
/** Hosts that are remembered at once, many more than a cluster has: a flood of forged ones takes no more memory or time. */
export const ROSTER_MAX = 256;
/** A host that was silent for so long is forgotten. */
const FORGET_MS = 60_000;
/** Nothing is handed to a host that has joined so lately: it may be one that starts again and again. */
const JOINED_MS = 2_000;
/** Different rules that are remembered at once: of those in use there are two. */
const READERS_MAX = 16;

/** Another host, and when it was heard. */
interface Peer {
  readonly beat: Beat;
  readonly since: number;
  readonly at: number;
}

/**
 * The hosts that are heard, and for how long one has been silent, by a clock that only goes forward. Silence counts only
 * while this host could have heard: after a stall of its own loop, or while its own beats do not come back, it begins anew.
 */
export class Roster {
  readonly #self: Host;
  /** By incarnation. */
  readonly #roster = new Map<string, Peer>();
  /** By rules, when a process that reads by them was heard last. */
  readonly #readers = new Map<number, number>();
  /** From here on silence counts. */
  #calm: number;
  #ticked: number;
  #echo: number;

  constructor(self: Host, now: number) {
    this.#self = self;
    this.#calm = this.#ticked = this.#echo = now;
  }

  /**
   * A beat was heard, perhaps this host's own. False: it says nothing new of a host, since it is a repeat, or there are too
   * many hosts to remember another, or its process runs no actors.
   */
  hear(beat: Beat | Bystander, now: number): boolean {
    this.#note(beat.rules, now);
    if (!("owned" in beat)) return false;
    if (isSameStart(beat, this.#self)) {
      this.#echo = now;
      return true;
    }
    const known = this.#roster.get(beat.incarnation);
    if (known !== undefined && beat.n <= known.beat.n) return false;
    if (known === undefined && this.#roster.size >= ROSTER_MAX) return false;
    this.#roster.set(beat.incarnation, { beat, since: known?.since ?? now, at: now });
    return true;
  }

  /** Is called twice a second, or as often as the loop comes to it. */
  tick(now: number, connected: boolean): void {
    const deaf = !connected || now - this.#echo > ECHO_MS;
    if (deaf || now - this.#ticked > STALL_MS) this.#calm = now;
    this.#ticked = now;
    for (const [incarnation, { at }] of this.#roster)
      if (now - Math.max(at, this.#calm) > FORGET_MS) this.#roster.delete(incarnation);
  }

  /** Of too many the lowest are kept: those hold rules back. */
  #note(rules: number, now: number): void {
    this.#readers.set(rules, now);
    if (this.#readers.size > READERS_MAX) this.#readers.delete(Math.max(...this.#readers.keys()));
  }

  /**
   * The lowest rules that any process reads by that was heard within the last `ms`; undefined: this host could not hear
   * everybody for so long.
   */
  lowest(ms: number, now: number): number | undefined {
    if (now - this.#calm < ms) return undefined;
    const heard = [...this.#readers].filter(([, at]) => now - at <= ms);
    return heard.length === 0 ? undefined : Math.min(...heard.map(([rules]) => rules));
  }

  /** ms for which this start of a host was not heard, though it could have been. */
  silence({ incarnation }: Host, now: number): number {
    return now - Math.max(this.#roster.get(incarnation)?.at ?? 0, this.#calm);
  }

  /** Has this start of a host been heard lately? */
  knows({ incarnation }: Host): boolean {
    return this.#roster.has(incarnation);
  }

  /** The hosts that live and may run streams of these rules, those too that have joined just now. */
  living(rules: number, now: number): Host[] {
    return [...this.#roster.values()].flatMap(({ beat }) => {
      const { host, incarnation } = beat;
      const may = !beat.draining && beat.rules >= rules;
      // A stream that is handed over names the host, and not all that it says of itself.
      return may && this.silence(beat, now) < SUSPECT_MS ? [{ host, incarnation }] : [];
    });
  }

  /** Is this host the first of all that live, by their names? For what one of them is to do, whatever rules it reads by. */
  isFirst(now: number): boolean {
    const { host, incarnation } = this.#self;
    return this.living(0, now).every(
      (other) => other.host > host || (other.host === host && other.incarnation > incarnation),
    );
  }

  /** Those among them that have been here for a while: streams may be handed to them. */
  settled(rules: number, now: number): Host[] {
    return this.living(rules, now).filter(
      ({ incarnation }) => now - (this.#roster.get(incarnation)?.since ?? now) >= JOINED_MS,
    );
  }
}
