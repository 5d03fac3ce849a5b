import type { Said } from "../envelope.ts";

/** Asks for the user's own open sessions, over all devices. */
export interface SessionsQuestion extends Said {
  readonly t: "sessions";
  readonly atLeast?: number;
}

/** A session as its opening says it. Times are ms since 1970. */
export interface SessionRow {
  readonly sessionId: string;
  readonly deviceId: string;
  readonly gatewayId: string;
  readonly openedAt: number;
  /** Position of the opening in the user's mailbox: the lower is the older. */
  readonly position: number;
  /** When its token was issued; absent: the token does not say. */
  readonly issuedAt?: number;
  /**
   * Somebody else than its own gateway has stated its end, so something that it has said may still be
   * stored: for `countsInMs` more.
   */
  readonly closed?: { readonly reason: string; readonly countsInMs: number };
}

/** The oldest first. A session whose end counts is not there. */
export interface SessionsAnswer {
  readonly sessions: readonly SessionRow[];
}
