import type { History } from "../history/history.ts";

/** A promise, and what a history has against it. */
export interface Invariant {
  /** As docs/adr/0041 and the report number them. */
  readonly id: string;
  /** The promise, as a sentence. */
  readonly promise: string;
  /** Each breach as a sentence that names messages, devices or seqs; none: the promise was kept. */
  readonly breaches: (history: History) => string[];
}
