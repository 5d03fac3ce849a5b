import { usePresence, useTyping } from "../src/preact/preact.ts";
import { Avatar } from "./avatar.tsx";
import { seenAt } from "./format.ts";
import { Icon } from "./icons.tsx";
import { closeChat } from "./open.ts";
import type { Page } from "./page.ts";

/** The person one is talking to, and what is known of them now. */
export function Header({ page, peer }: { page: Page; peer: string }) {
  // Without a connection what was known of the peer is old news.
  const known = usePresence(peer).value;
  const presence = page.trouble.value ? undefined : known;
  const isTyping = useTyping(peer).value.length > 0;
  return (
    <header class="bar">
      <button class="round back" aria-label="Back to the chats" onClick={closeChat}>
        <Icon shape="back" />
      </button>
      <Avatar name={peer} online={presence?.online ?? false} />
      <div class="who">
        <h2>
          <bdi>{peer}</bdi>
        </h2>
        <p class="presence" aria-live="polite">
          {isTyping ? <Typing /> : presence && wordsFor(presence)}
        </p>
      </div>
    </header>
  );
}

const wordsFor = ({ online, lastSeen }: { online: boolean; lastSeen?: number }): string => {
  if (online) return "online";
  return lastSeen === undefined ? "" : `last seen ${seenAt(lastSeen, Date.now())}`;
};

export function Typing() {
  return <span class="typing">typing…</span>;
}
