import type { Said } from "../envelope.ts";

/** Asks how far one message has come. */
export interface StatusQuestion extends Said {
  readonly t: "status";
  readonly id: string;
  readonly atLeast?: number;
}

/** The way of one message so far. Its times are told to its author alone. */
export interface StatusAnswer {
  readonly id: string;
  readonly to: string;
  readonly status: "sent" | "delivered" | "read";
  /** ms since 1970. */
  readonly sentAt: number;
  readonly deliveredAt?: number;
  readonly readAt?: number;
  /** Of a message to a group, instead of the times: how many have received and read it, of how many who count. */
  readonly delivered?: number;
  readonly read?: number;
  readonly of?: number;
}
