import type { Answering } from "../envelope.ts";

/** A frame was refused. */
export interface ErrorFrame extends Answering {
  readonly t: "error";
  /** A code of the table of refusals, or a newer one: go by `retryable`. */
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Dotted path of the field that broke the rule. */
  readonly field?: string;
  readonly retryAfterMs?: number;
  /** The cid of the refused send. */
  readonly cid?: string;
}
