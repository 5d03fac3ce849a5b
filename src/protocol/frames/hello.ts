import type { Answering, Said } from "../envelope.ts";

/** Characters of a token; what is longer is refused before anything reads it. */
export const TOKEN_CHARS_MAX = 8 * 1024;
/** Cursors of one hello: a user's own mailbox and up to 500 groups, with room. */
export const CURSORS_MAX = 512;
export { EPOCH_CHARS_MAX } from "../../events/limits.ts";

/** The last `event` frame of a mailbox that a device has got, of whatever kind, as the frame said it. */
export interface Footing {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Absent: 0. */
  readonly generation?: number;
}

/**
 * The place up to which a device has followed a mailbox. A claim: it resynchronises this device where the log has something
 * else there, and does nothing else.
 */
export interface Since {
  readonly mailbox: string;
  readonly epoch: string;
  readonly seq: number;
  /** Shows whether the log is still the one that was followed. Without it the cursor counts as of generation 0. */
  readonly on?: Footing;
}

/** An earlier session of the same client, and the secret that its `welcome` told. */
export interface Replaced {
  readonly sessionId: string;
  readonly resume: string;
}

/** Opens the session; the first frame of a socket. */
export interface Hello extends Said {
  readonly t: "hello";
  readonly token: string;
  readonly deviceId: string;
  /** The cursor of each followed mailbox; absent: from the beginning. */
  readonly since?: readonly Since[];
  /** The session that this one takes the place of: its socket is dead, and the server may not know it. */
  readonly replaces?: Replaced;
}

/** The limits a client has to know. Times in ms, rates per second. */
export interface Limits {
  readonly frameBytes: number;
  readonly codePoints: number;
  readonly sendsPerSecond: number;
  readonly sendsBurst: number;
  readonly marksPerSecond: number;
  readonly marksBurst: number;
  readonly framesPerSecond: number;
  readonly typingPerSecond: number;
  /** Sends of one client instance that may be unanswered, counted from the lowest number. */
  readonly unanswered: number;
  readonly watches: number;
  readonly watchesPerSecond: number;
  readonly watchesBurst: number;
  readonly questionsPerSecond: number;
  readonly questionsBurst: number;
  readonly heartbeatMs: number;
  readonly idleMs: number;
  readonly onlineMs: number;
}

/** The session is open. */
export interface Welcome extends Answering {
  readonly t: "welcome";
  readonly sessionId: string;
  /** A secret of this session, 16 bytes in base64url: `hello.replaces` needs it. Kept in memory only. */
  readonly resume: string;
  readonly user: string;
  /** Seq of this session's own opening: history up to it, live after it. */
  readonly head: number;
  /** Names this life of the log; a cursor of another epoch is void. */
  readonly epoch: string;
  /** Until the server ends the session because of its token, unless it is refreshed before. */
  readonly expiresInMs: number;
  readonly limits: Limits;
}
