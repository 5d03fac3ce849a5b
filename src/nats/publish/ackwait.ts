/** Unanswered for so long, a publish is repeated with the same id. */
export const ACK_WAIT_MS = 2_000;
/** The first repeat comes no sooner. */
const SOON_MS = 250;
/** It comes behind so many times what the slowest of the last answers took: an answer that is as slow again is not repeated. */
const TIMES = 8;
/** The part of the slowest one that counts with each answer behind it. */
const FADE = 0.98;
/** With more under way a stall of the broker would be answered with as many repeats at once. */
const FEW = 64;

/**
 * How long the publications for a stream wait for their answer before the first repeat. A leader that has just stepped down drops what
 * reaches it without a word, as in each planned restart of a server: where answers take some ms, one that takes a quarter of a second will not come.
 */
export class AckWait {
  #slowestMs = ACK_WAIT_MS;

  /** A publish was stored, `ms` behind its first sending. Of one that was repeated nobody knows which sending was answered. */
  answered(ms: number, isRepeated: boolean): void {
    const slowestMs = isRepeated ? Math.max(SOON_MS / TIMES, 2 * this.#slowestMs) : ms;
    this.#slowestMs = Math.min(ACK_WAIT_MS, Math.max(slowestMs, this.#slowestMs * FADE));
  }

  /** From the first sending to the first repeat, while so many are under way. */
  first(underWay: number): number {
    if (underWay > FEW) return ACK_WAIT_MS;
    return Math.min(ACK_WAIT_MS, Math.max(SOON_MS, TIMES * this.#slowestMs));
  }
}
