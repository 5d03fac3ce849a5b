import type { ChatWindow, Connectivity, MessageWindow } from "../client/client.ts";

/**
 * The answers of a client that has not begun, which a server renders and a page begins with, whatever its
 * own client knows by then: both have to show the same at first.
 */
export const BLANK: {
  readonly chats: ChatWindow;
  readonly messages: MessageWindow;
  readonly typing: readonly string[];
  readonly connection: Connectivity;
} = {
  chats: { items: [], hasEarlier: true },
  messages: { items: [], hasEarlier: true, hasLater: false },
  typing: [],
  connection: { state: "idle" },
};

/** Unread messages of one chat, or, if none is named, of all. */
export function unreadIn({ items }: ChatWindow, chat?: string): number {
  if (chat !== undefined) return items.find(({ peer }) => peer === chat)?.unread ?? 0;
  return items.reduce((sum, { unread }) => sum + unread, 0);
}
