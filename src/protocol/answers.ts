/** A message as the views show it. `seq` is its place in the asker's own mailbox. */
export interface MessageRow {
  seq: number;
  id: string;
  author: string;
  to: string;
  cid: string;
  body: string;
  /** When it was sent, ms since 1970, the same on both sides. */
  sentAt: number;
}

/** One conversation in the chat list. Watermarks are positions, 0 = none. */
export interface ChatRow {
  peer: string;
  last: MessageRow;
  /** Messages of the peer beyond the asker's read watermark: exact. */
  unread: number;
  /** How far the asker has received and read the peer's messages. */
  delivered: number;
  read: number;
  /** How far the peer has received and read the asker's. */
  peerDelivered: number;
  peerRead: number;
}

/** Ordered by `last.seq`, newest first. `more`: ask again with `before` = the last one's `last.seq`. */
export interface ChatsAnswer {
  chats: ChatRow[];
  more: boolean;
}

/** Ordered by `seq`, oldest first, whichever way was asked. `more`: there are further ones that way. */
export interface HistoryAnswer {
  messages: MessageRow[];
  more: boolean;
}

/** How far one message has come. When, only its author is told. */
export interface StatusAnswer {
  id: string;
  to: string;
  status: "sent" | "delivered" | "read";
  /** ms since 1970. */
  sentAt: number;
  deliveredAt?: number;
  readAt?: number;
}

/** Users never seen are left out. `online`: active within the threshold when the question was answered. */
export interface LastSeenAnswer {
  users: { user: string; online: boolean; lastSeen: number }[];
}
