import { useState } from "preact/hooks";
import type { Chat } from "../src/client/client.ts";
import { usePresence, useTyping } from "../src/preact/preact.ts";
import { Avatar } from "./avatar.tsx";
import { counted, seenAt } from "./format.ts";
import { GroupPane } from "./grouppane.tsx";
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

interface GroupProps {
  page: Page;
  chat: Chat;
}

/** The group one is talking in, and the way to all about it. */
export function GroupHeader({ page, chat }: GroupProps) {
  const [open, setOpen] = useState(false);
  const { peer, group = {} } = chat;
  const typing = useTyping(peer).value;
  const { name = "Group", members } = group;
  return (
    <header class="bar">
      <button class="round back" aria-label="Back to the chats" onClick={closeChat}>
        <Icon shape="back" />
      </button>
      <Avatar name={name} />
      <button class="who" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <h2>
          <bdi>{name}</bdi>
        </h2>
        <p class="presence" aria-live="polite">
          {typing.length > 0 ? (
            <Typing who={typing} />
          ) : (
            group.role !== undefined && members !== undefined && counted(members)
          )}
        </p>
      </button>
      {open && <GroupPane page={page} chat={chat} close={() => setOpen(false)} />}
    </header>
  );
}

export function Typing({ who = [] }: { who?: readonly string[] }) {
  return <span class="typing">{who.length > 0 && `${who.join(", ")} `}typing…</span>;
}
