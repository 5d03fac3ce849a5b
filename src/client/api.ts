import type { Data } from "../protocol/extras.ts";
import type { LineChange } from "../protocol/frames/groupline.ts";
import type { ChatMessage, GroupInfo } from "./message.ts";
import type { ClientStorage } from "./storage/storage.ts";

/**
 * The state of the connection. `online`: everything missed has arrived. `offline`: the browser says that the machine has
 * no network; it is tried all the same. `closed`: ended, until somebody connects again.
 */
export type ConnectionState = "idle" | "connecting" | "online" | "waiting" | "offline" | "closed";

/** The connection, and what is known of why it is as it is. */
export interface Connectivity {
  /** The state, of six. */
  readonly state: ConnectionState;
  /** While `waiting` or `offline`: when the next try is, ms since 1970. */
  readonly retryAt?: number;
  /** Why it is `waiting` or `closed`: a code, or words for a log. */
  readonly reason?: string;
}

/** A line of the chat list. */
export interface Chat {
  /** The id of the user at the other end, or of the group. */
  readonly peer: string;
  /** The newest message, one on its way included. */
  readonly last?: ChatMessage;
  /** Messages of the peer, or of the others in the group, not yet read on any device: exact. */
  readonly unread: number;
  /** The group, as far as it is known. Absent: it is a person. */
  readonly group?: GroupInfo;
  /** Something unread in the group names the user. */
  readonly mentioned?: true;
}

/** The list of chats, newest first, as far as this device has it. */
export interface ChatWindow {
  /** The chats, newest first. */
  readonly items: readonly Chat[];
  /** True until the device has caught up for the first time: there may be chats that are not here yet. */
  readonly hasEarlier: boolean;
}

/** A part of a conversation without a gap, oldest first; messages not yet stored come last. */
export interface MessageWindow {
  /** The messages, oldest first. */
  readonly items: readonly ChatMessage[];
  /** There are earlier ones, here or on the server: `loadEarlier`. */
  readonly hasEarlier: boolean;
  /** There are later ones: the window was moved back (`loadLater`, `loadLatest`). */
  readonly hasLater: boolean;
  /** The id of the first message in it that the user has not read. Before the window there may be more. */
  readonly unreadFrom?: string;
}

/** A watched user, as the server told last: old news while the connection is not `online`. */
export interface UserPresence {
  /** A person has used one of the user's devices within the last `onlineMs` of the server (20 s). */
  readonly online: boolean;
  /** When the user was last seen, ms since 1970; absent: never. */
  readonly lastSeen?: number;
}

/** Things that happen. All that lasts is a getter's answer, and its changes are told by `subscribe`. */
export interface ClientEvents {
  /**
   * A message is new here. `replaces`: the cid of the failed one that it is a retry of.
   *
   * `live` tells news from backlog. True: it came as an `event` frame of this connection behind `caughtUp`, or
   * behind the `resync` that came instead of it: it was stored when this device was connected, or just before. False: the entry
   * was stored before the connection was opened, and this device has missed it; or the message was written here just
   * now. Of messages that the storage or the views have brought nothing is told here.
   */
  message: { message: ChatMessage; live: boolean; replaces?: string };
  /** A group's name, description, rules or link differ; or, without `change`, what the user is in it, or more is known of it. */
  group: { group: string; change?: LineChange };
  /** Others are in a group, or may do more or less there. */
  members: { group: string; change: LineChange };
  /** Something has failed that no call answers for. `code`: as of a `ChatError`; `field`: what broke the rule. */
  error: { code: string; message: string; field?: string | undefined };
}

/** The question to an app for a token. */
export interface TokenRequest {
  /**
   * `connect`: a connection begins. `refused`: the server has not accepted the last one, so one from a cache is
   * of no use. `expired`: the session has ended with its token. `refresh`: the session's token will end soon.
   */
  readonly reason: "connect" | "refused" | "expired" | "refresh";
  /** Questions since a token was last accepted. */
  readonly attempt: number;
  /** Aborted when nobody waits for the answer any more, at the latest after 20 s. */
  readonly signal: AbortSignal;
}

/** Content of a message besides its text, and its name. */
export interface SendOptions {
  /**
   * Content that the app alone opens: a JSON object of at most 4,096 bytes as `JSON.stringify` writes it, with
   * no more than 31 levels and nothing named `__proto__`. It is taken as it comes out of its JSON text.
   */
  readonly data?: Data;
  /**
   * The app's own name of the send, of 1 to 128 bytes, for its author's eyes only. While a send with it is known, a
   * second one is the first: known are those on their way, those of this chat that are loaded, and the last 10,000
   * of a day that are done. Of one that is done and not loaded, text and data are as the second call says them. One
   * that another tab has sent is taken back before it goes out.
   */
  readonly key?: string;
  /** Up to 20 members of the group whom it names. */
  readonly mentions?: readonly string[];
}

/** Everything that a client needs to know; `url` and `getToken` are enough. */
export interface ClientOptions {
  /** The server's address, `ws(s)://host:port/v1/ws`. */
  url: string;
  /**
   * Gets a token from the app: at every connection, anew after each refusal, and before one ends. `connection` is
   * `waiting` for a next try after a failure of whatever kind (`token.failed`), one that takes longer than 20 s
   * included; and after five different tokens in a row that the server has refused, `closed`. Throw a
   * `ChatError` that is not `retryable` to end it at once, as where the person has logged out of the app.
   */
  getToken: (request: TokenRequest) => Promise<string>;
  /**
   * The id of the user whose client this is: the author of what is written before the first `welcome`. A token of
   * somebody else is then as one that is refused (`auth.other_user`), and a storage of somebody else is emptied.
   * Default: whoever the server welcomes.
   */
  user?: string;
  /** The device's id among those of its user. Default: random, and kept in the storage. */
  deviceId?: string;
  /** The storage in which the outbox, the cursor and the newest messages survive. Default: memory. */
  storage?: ClientStorage;
  /**
   * The class of WebSockets. Default: the global one. On Node 20, the class that the `ws` package exports; it sends no Origin,
   * so the server has to admit `none` (ALLOWED_ORIGINS).
   */
  webSocket?: WebSocketClass;
  /** Hears what helps to find a fault, never the text of a message or a token. Default: nobody. */
  logger?: Pick<Console, "debug" | "warn">;
  /** A random number in [0, 1). Default: `Math.random`. */
  random?: () => number;
  /** ms since 1970: what a message says of when it was written, and that a machine has slept since. Default: `Date.now`. */
  now?: () => number;
  /** ms by a clock that nobody sets: every duration. Default: `performance.now`. */
  elapsed?: () => number;
}

/** The part of the WebSocket class that the client needs. */
export type WebSocketClass = new (url: string) => WebSocketLike;
/** The part of an open WebSocket that the client needs. */
export interface WebSocketLike {
  /** Sends one frame of text. */
  send(text: string): void;
  /** Begins to close; `onclose` follows. */
  close(code?: number, reason?: string): void;
  /** The client's own handler: it is open. */
  onopen: ((event: never) => void) | null;
  /** The client's own handler: `data` of the event is one frame of text. */
  onmessage: ((event: never) => void) | null;
  /** The client's own handler: it has ended, with `code` and `reason` of the event. */
  onclose: ((event: never) => void) | null;
  /** The client's own handler: it has failed, and ends. */
  onerror: ((event: never) => void) | null;
}
