import type { ErrorFrame } from "./error.ts";
import type { Goaway, Stay } from "./goaway.ts";
import type { AskFrame, Asked, Follows, Unfollows } from "./group.ts";
import type { Hello, Welcome } from "./hello.ts";
import type { CaughtUp, EventFrame, Resync } from "./mailbox.ts";
import type { Delivered, Read } from "./marks.ts";
import type { Ping, Pong } from "./ping.ts";
import type { PresenceFrame, Unwatch, Watch } from "./presence.ts";
import type { Refresh, Refreshed } from "./refresh.ts";
import type { Question, Reply } from "./reply.ts";
import type { Send, Sent } from "./send.ts";
import type { Focus, PeerTyping, Typing } from "./signals.ts";

/** Everything a client may say. */
export type ClientFrame =
  | Hello
  | Refresh
  | Send
  | AskFrame
  | Delivered
  | Read
  | Typing
  | Focus
  | Watch
  | Unwatch
  | Question
  | Ping;

/** Everything the server may say. */
export type ServerFrame =
  | Welcome
  | Refreshed
  | Sent
  | Asked
  | EventFrame
  | CaughtUp
  | Resync
  | Follows
  | Unfollows
  | PresenceFrame
  | PeerTyping
  | Reply
  | ErrorFrame
  | Goaway
  | Stay
  | Pong;
