import type { Said } from "../envelope.ts";

/** Asks how far one message has come. */
export interface StatusQuestion extends Said {
  readonly t: "status";
  readonly id: string;
  readonly atLeast?: number;
}

/** How far one message has come. When, only its author is told. */
export interface StatusAnswer {
  readonly id: string;
  readonly to: string;
  readonly status: "sent" | "delivered" | "read";
  /** ms since 1970. */
  readonly sentAt: number;
  readonly deliveredAt?: number;
  readonly readAt?: number;
}
