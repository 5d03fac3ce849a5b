import type { Answering, Said } from "../envelope.ts";

/** A fresh token for the session, before the one it has ends: it goes on without a new socket. */
export interface Refresh extends Said {
  readonly t: "refresh";
  readonly token: string;
}

/** The session goes on with the fresh token. */
export interface Refreshed extends Answering {
  readonly t: "refreshed";
  /** Until the server ends the session, unless it is refreshed before: 4403. */
  readonly expiresInMs: number;
}
