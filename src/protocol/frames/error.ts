import type { Answering } from "../envelope.ts";

/** A frame was refused. */
export interface ErrorFrame extends Answering {
  readonly t: "error";
  /** One of the table of refusals, or a newer one: go by `retryable`. */
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Dotted path of the field that broke the rule. */
  readonly field?: string;
  readonly retryAfterMs?: number;
  /** Of the refused send. */
  readonly cid?: string;
}
