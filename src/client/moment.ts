/** So long after it a human's deed is no longer what a human does now. */
const HUMAN_MS = 10_000;

/** A moment by both clocks of a machine, ms: the one that nobody sets stands still on many machines that sleep. */
export interface ClockReading {
  readonly elapsed: number;
  readonly wall: number;
}

/** Is what a human did then what a human does now? Where one clock says no it is not: that shows somebody as away, and nothing else. */
export const isRecent = (then: ClockReading, now: ClockReading): boolean =>
  now.elapsed - then.elapsed <= HUMAN_MS && now.wall - then.wall <= HUMAN_MS;
