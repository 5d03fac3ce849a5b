import type { Data } from "../extras.ts";
import type { AskWords } from "./askwords.ts";
import type { LineChange } from "./groupline.ts";

/** Mail: the events of a mailbox as a client sees them. A fact is the user's own, a copy a peer's. */
export type MailEvent =
  | SentFact
  | SentCopy
  | DeliveredFact
  | DeliveredCopy
  | ReadFact
  | ReadCopy
  | OpenedFact
  | ClosedFact
  | HeadAskedFact
  | SignedOutFact
  | AskedFact
  | JoinedCopy
  | LeftCopy
  | RefusedCopy;

/** Events of a group as its members see them: what it has accepted, in its one order. */
export type GroupEvent = GroupMessage | GroupChanged;

/** Copies say which fact of the peer's mailbox they come from; it only ever rises. */
interface Told {
  readonly cause: number;
  /** The generation of the user's stream for which it was put there; absent: 0. In another one it counts for nobody. */
  readonly in?: number | undefined;
}

interface Sending {
  readonly type: "MessageSent";
  readonly author: string;
  readonly to: string;
  readonly cid: string;
  readonly body: string;
  /** Content besides the text, which nobody but the app opens. */
  readonly data?: Data | undefined;
}
interface SentFact extends Sending {
  readonly device: string;
  /** Members of the group whom it is meant for. */
  readonly mentions?: string[] | undefined;
  /** The cid of the failed send that this one is a retry of; both numbers count as used. */
  readonly replaces?: string | undefined;
  /** The app's own name of the send. */
  readonly key?: string | undefined;
}
interface SentCopy extends Sending, Told {
  /** The message's number in its author's mailbox: its id is `<author>:<position>`. */
  readonly position: number;
  /** The time at which the author's fact was stored, ms since 1970. */
  readonly sentAt: number;
}

interface Delivering {
  readonly type: "MessageDelivered";
  readonly author: string;
  readonly peer: string;
  /** Watermarks over the peer's positions; `read` is below `upTo`, absent: none. */
  readonly upTo: number;
  readonly read?: number | undefined;
}
interface DeliveredFact extends Delivering {
  readonly device: string;
}
interface DeliveredCopy extends Delivering, Told {}

interface Reading {
  readonly type: "MessageRead";
  readonly author: string;
  readonly peer: string;
  /** Watermark over the peer's positions. Read implies delivered. */
  readonly upTo: number;
}
interface ReadFact extends Reading {
  readonly device: string;
}
interface ReadCopy extends Reading, Told {}

interface OpenedFact {
  readonly type: "SessionOpened";
  readonly sessionId: string;
  readonly gatewayId: string;
  readonly deviceId: string;
  /** SHA-256 of the session's secret, in base64url. */
  readonly resume?: string | undefined;
  /** When the session's token was issued, ms since 1970; absent: the token does not say. */
  readonly issuedAt?: number | undefined;
}
interface ClosedFact {
  readonly type: "SessionClosed";
  readonly sessionId: string;
  readonly reason:
    | "left"
    | "idle"
    | "slow"
    | "drained"
    | "expired"
    | "refused"
    | "replaced"
    | "revoked"
    | "gateway-lost"
    | "limit";
  /** The secret of a session that was replaced. */
  readonly resume?: string | undefined;
  /** Stated by somebody else than the session's own gateway: for a minute more, something that the session has said may be stored. */
  readonly elsewhere?: true | undefined;
}
/** The server asked the log how far it is. It moves the cursor and changes nothing. */
interface HeadAskedFact {
  readonly type: "HeadAsked";
  readonly sessionId: string;
}
/** The user was signed out: sessions of older tokens end, and any that is opened before `until`. Times are ms since 1970. */
interface SignedOutFact {
  readonly type: "SignedOut";
  /** Absent: all devices. */
  readonly device?: string | undefined;
  readonly before: number;
  readonly until?: number | undefined;
}

/** An ask to a group. Its outcome is an event: the group's with the same cid, or `Refused`. */
interface AskedFact {
  readonly type: "GroupAsked";
  readonly author: string;
  readonly group: string;
  /** Absent, as `cid`: the server asks for its user, where it has lost what it knew. */
  readonly device?: string | undefined;
  readonly cid?: string | undefined;
  readonly ask: AskWords;
}
/** The user is a member of the group `author` from its event at position `from` on. */
interface JoinedCopy extends Told {
  readonly type: "GroupJoined";
  readonly author: string;
  readonly from: number;
}
/** The membership of the group `author` that began at `from` has ended with its event at position `upTo`. */
interface LeftCopy extends Told {
  readonly type: "GroupLeft";
  readonly author: string;
  readonly from: number;
  readonly upTo: number;
  readonly why: "left" | "removed" | "ended" | "limit";
}
/** The group `author` has refused the message or the ask with this cid. */
interface RefusedCopy extends Told {
  readonly type: "Refused";
  readonly author: string;
  readonly cid: string;
  readonly code:
    | "not_found"
    | "forbidden"
    | "group.busy"
    | "group.no_change"
    | "group.last_admin"
    | "limit.members";
  readonly retryAfterMs?: number | undefined;
}

/** Facts of a group say which fact of the author's mailbox they come from, and which copy they answer. */
interface Decided {
  readonly cause: number;
  readonly of: number;
}
interface GroupMessage extends Sending, Decided {
  readonly mentions?: readonly string[] | undefined;
  /** The time at which the author's fact was stored, ms since 1970. */
  readonly sentAt: number;
}
interface GroupChanged extends Decided {
  readonly type: "GroupChanged";
  readonly by: string;
  readonly cid?: string | undefined;
  readonly change: LineChange;
}
