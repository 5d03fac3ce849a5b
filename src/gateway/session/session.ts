import type { Activity } from "../../events/activity.ts";
import type { Entry } from "../../events/entry.ts";
import type { CloseReason } from "../../events/session.ts";
import type { CloseName, Rejection } from "../../protocol/codes.ts";
import type { Names } from "../../protocol/envelope.ts";
import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import type { AskFrame } from "../../protocol/frames/group.ts";
import type { Hello, Limits, Replaced, Since } from "../../protocol/frames/hello.ts";
import type { Resync } from "../../protocol/frames/mailbox.ts";
import type { Delivered, Read } from "../../protocol/frames/marks.ts";
import type { Watch } from "../../protocol/frames/presence.ts";
import type { Refresh } from "../../protocol/frames/refresh.ts";
import type { Question } from "../../protocol/frames/reply.ts";
import type { Typing } from "../../protocol/frames/signals.ts";
import type { Send } from "../../protocol/frames/send.ts";
import type { Query } from "../../protocol/internal/query.ts";
import type { Claim } from "../../rules/claim.ts";
import type { Identity } from "../ports.ts";
import type { Cursor } from "./cursor.ts";
import type { HeartbeatEnds } from "./heart.ts";
import type { Bucket, GatewayLimits } from "./limits.ts";
import type { Window } from "./numbers.ts";

/**
 * A session: one connected device, from its socket's first moment to its last. Each state has the
 * fields that mean something in it, and no others. Times are ms of the gateway's monotonic clock.
 */
export type Session = Awaiting | Verifying | Opening | Live | Closed;

/** Names the session, and proves later that a client had it. */
export interface Key {
  readonly sessionId: string;
  /** 16 random bytes in base64url, told to the client and to nobody else. */
  readonly resume: string;
}

/** Nothing has been said yet. */
export interface Awaiting {
  readonly is: "awaiting";
  readonly key: Key;
  /** The hello has to be said, and accepted, by then. */
  readonly helloBy: number;
}

/** The token of a hello is being read. */
export interface Verifying extends Omit<Awaiting, "is"> {
  readonly is: "verifying";
  readonly hello: Hello;
}

/** The user is known and counted; the session's opening is being stored. */
export interface Opening {
  readonly is: "opening";
  readonly key: Key;
  readonly hello: Hello;
  readonly user: string;
  readonly expiresAt: number;
  /** When the token was issued, ms since 1970; undefined: it does not say. */
  readonly issuedAt: number | undefined;
  /** A route before the opening itself is known moves its head. */
  readonly cursor: Cursor;
}

/** The client has been welcomed. */
export interface Live {
  readonly is: "live";
  readonly key: Key;
  readonly user: string;
  readonly deviceId: string;
  readonly expiresAt: number;
  /** When the token of the hello was issued, ms since 1970; undefined: it does not say. */
  readonly issuedAt: number | undefined;
  readonly cursor: Cursor;
  /** The reading of the log that is under way. */
  readonly fill: Fill | undefined;
  readonly frames: Bucket;
  readonly typing: Bucket;
  readonly refreshes: Bucket;
  /** The fresh token that is being read. */
  readonly refreshing: Refresh | undefined;
  /** Frames in a row that were refused or came too fast. */
  readonly strikes: number;
  readonly numbers: Window;
  readonly pendingSends: number;
  readonly watched: ReadonlySet<string>;
}

export interface Closed {
  readonly is: "closed";
}
export const CLOSED: Closed = { is: "closed" };

/** One reading of the log, over (after, upTo]; known by its identity. */
export interface Fill {
  readonly after: number;
  readonly upTo: number;
  /** It follows the client's own cursor, and ends with `caughtUp`. */
  readonly first: boolean;
  /** Of the mailbox's log, where it is the first; else empty. */
  readonly epoch: string;
  /** The client's own word on the log that it has followed: compared before anything is told. */
  readonly claim?: Claim;
}

/** An entry as the log has it, of the session's own mailbox. */
export type Line = Pick<Entry, "seq" | "at" | "generation" | "raw">;

/** Everything that may happen to a session. */
export type Happening =
  /** `waitMs`: it comes so much too soon for its user, whose other sockets say frames, too. */
  | ({
      readonly type: "frame";
      readonly frame: ClientFrame;
      readonly waitMs?: number;
    } & HeartbeatEnds)
  | { readonly type: "misread"; readonly rejection: Rejection; readonly names: Names }
  /** A token was read; without `identity` it is not accepted. */
  | { readonly type: "verified"; readonly identity: Identity | undefined }
  /** There is no place for this session. */
  | { readonly type: "turnedAway"; readonly rejection: Rejection }
  | { readonly type: "opened"; readonly head: number; readonly epoch: string }
  /** Neither the token's keys nor the log could be reached. */
  | { readonly type: "unopened"; readonly retryAfterMs?: number }
  | { readonly type: "routed"; readonly seq: number; readonly prev: number; readonly frame: string }
  /** The mailbox is known to reach `head`. */
  | { readonly type: "reaches"; readonly head: number }
  | { readonly type: "signal"; readonly frame: string }
  /** The log is not the one that the client has followed. */
  | { readonly type: "differs"; readonly fill: Fill }
  /** The log has so many entries for `fill`. */
  | { readonly type: "counted"; readonly fill: Fill; readonly entries: number }
  /** Entries of the log, in order, behind those read before. */
  | { readonly type: "read"; readonly fill: Fill; readonly entries: readonly Line[] }
  | { readonly type: "filled"; readonly fill: Fill }
  | { readonly type: "unread" }
  /** A send or an ask is stored, or was before. */
  | { readonly type: "stored"; readonly frame: Numbered; readonly sent: ServerFrame }
  /** The wish of a frame cannot be. `blamed`: the client ought to have known. */
  | {
      readonly type: "refused";
      readonly frame: ClientFrame;
      readonly rejection: Rejection;
      readonly blamed: boolean;
      /** Of a `watch`: the users that it named first. */
      readonly users?: Users;
    }
  /**
   * A second has passed. `silentMs`: since the last sign of the client's life; `beat`: it is time to ask for one; `refused`: its opening
   * is under way to a stream that is away.
   */
  | ({
      readonly type: "tick";
      readonly silentMs: number;
      readonly beat: boolean;
      readonly refused?: boolean;
    } & HeartbeatEnds)
  /** The gateway is going away, and ends the session in so many ms at the earliest; absent: it has lost its log. */
  | { readonly type: "leaving"; readonly withinMs?: number }
  /** It has its log again. */
  | { readonly type: "staying" }
  /** The gateway ends it. */
  | { readonly type: "ended"; readonly close: CloseName }
  /** The socket is gone; `code` is the WebSocket's. */
  | { readonly type: "gone"; readonly code: number };

/** Things to be done about it, in this order. */
export type Effect =
  | { readonly do: "verify"; readonly token: string }
  /** Reads the token of a refresh. */
  | { readonly do: "read"; readonly token: string }
  | {
      readonly do: "open";
      readonly user: string;
      readonly deviceId: string;
      /** When the token was issued, whole ms since 1970; absent: it does not say. */
      readonly issuedAt: number | undefined;
      readonly replaces: Replaced | undefined;
    }
  /** Begins to read the log behind the client's cursor (absent: from the beginning), while the opening is stored. */
  | { readonly do: "readAhead"; readonly user: string; readonly since: Since | undefined }
  | { readonly do: "say"; readonly frame: ServerFrame }
  | { readonly do: "tell"; readonly text: string }
  | { readonly do: "tellAll"; readonly texts: readonly string[] }
  | { readonly do: "fill"; readonly user: string; readonly fill: Fill }
  | { readonly do: "send"; readonly by: Author; readonly frame: Send }
  | { readonly do: "request"; readonly by: Author; readonly frame: AskFrame }
  | { readonly do: "mark"; readonly by: Author; readonly frame: Delivered | Read }
  | { readonly do: "typing"; readonly from: string; readonly frame: Typing }
  | {
      readonly do: "watch";
      readonly by: Author;
      readonly frame: Watch;
      readonly users: Users;
      /** Those of `users` that were not watched before. */
      readonly fresh: Users;
    }
  | { readonly do: "unwatch"; readonly users: Users }
  | {
      readonly do: "ask";
      readonly by: Author;
      readonly frame: Question;
      readonly query: Query;
    }
  | { readonly do: "active"; readonly user: string; readonly action: Activity["action"] }
  /** The client was welcomed: these are its cursors of groups. */
  | { readonly do: "enter"; readonly user: string; readonly since: readonly Since[] }
  /** Its own mailbox has been read as far as it goes: the groups are next. */
  | { readonly do: "follow" }
  /** Asks the WebSocket itself for a sign of life. */
  | { readonly do: "ping" }
  /** The socket counts no longer among those that have not said who they are. */
  | { readonly do: "greeted" }
  | { readonly do: "close"; readonly close: CloseName }
  /** A counted session is over; `reason`: as the mailbox is to be told. */
  | {
      readonly do: "leave";
      readonly by: Author;
      readonly watched: Users;
      readonly reason: CloseReason;
    };

/** A frame that has a number of a client instance. */
export type Numbered = Send | AskFrame;

/** The one who does something, and on which device. */
export interface Author {
  readonly user: string;
  readonly deviceId: string;
}
type Users = readonly string[];

export type Step = readonly [Session, readonly Effect[]];

/** The limits of a gateway, and the part of it that its clients are told. */
export interface Terms {
  readonly limits: GatewayLimits;
  readonly told: Limits;
}

export type ResyncReason = Resync["reason"];
export const NOTHING: readonly Effect[] = [];

/** A session whose socket has just come. */
export const awaiting = (key: Key, now: number, helloMs: number): Awaiting => ({
  is: "awaiting",
  key,
  helloBy: now + helloMs,
});
