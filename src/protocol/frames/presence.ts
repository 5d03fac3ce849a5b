import type { Said } from "../envelope.ts";

/** Users that one frame may name. */
export const USERS_MAX = 100;

/** Follows the presence of users until `unwatch` or the end of the socket. */
export interface Watch extends Said {
  readonly t: "watch";
  readonly users: readonly string[];
}
export interface Unwatch extends Said {
  readonly t: "unwatch";
  readonly users: readonly string[];
}

/** The presence of a watched user: online or not, and when last seen. */
export interface PresenceFrame {
  readonly t: "presence";
  readonly user: string;
  readonly online: boolean;
  /** ms since 1970; absent: never seen. */
  readonly lastSeen?: number;
}

/** Asks once, without watching. */
export interface LastSeenQuestion extends Said {
  readonly t: "lastSeen";
  readonly users: readonly string[];
}

/** Users never seen are left out. `online`: active within the threshold when the question was answered. */
export interface LastSeenAnswer {
  readonly users: readonly SeenRow[];
}
export interface SeenRow {
  readonly user: string;
  readonly online: boolean;
  /** ms since 1970. */
  readonly lastSeen: number;
}
