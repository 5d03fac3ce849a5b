import { useClient, useMessages, usePresence, useTyping, useUnread } from "posthorn/react";
import { useEffect, useState } from "react";
import { Avatar } from "./avatar.tsx";
import { Bubble } from "./bubble.tsx";
import { clock, day } from "./clock.ts";
import { Composer } from "./composer.tsx";

interface Props {
  peer: string;
  onClose: () => void;
}

export function Conversation({ peer, onClose }: Props) {
  const { items, hasEarlier, hasLater, loadLatest, scroller, unreadFrom } = useMessages(peer);
  // Where the unread messages began when the chat was opened: they are read in a moment.
  const [mark] = useState(unreadFrom);
  useReading(peer, !hasLater);
  return (
    <section className="conversation" aria-label={`Chat with ${peer}`}>
      <Peer peer={peer} onClose={onClose} />
      <ol ref={scroller} role="log" aria-label={`Messages with ${peer}`}>
        {items.map((message, i) => (
          <Bubble
            key={`${message.to}/${message.cid}`}
            message={message}
            isOwn={message.to === peer}
            isFirstUnread={message.id !== undefined && message.id === mark}
            day={newDay(items[i - 1]?.at, message.at, hasEarlier)}
          />
        ))}
      </ol>
      {hasLater && (
        <button className="latest" onClick={loadLatest}>
          Latest
        </button>
      )}
      <Composer peer={peer} onSent={loadLatest} />
    </section>
  );
}

/** The name of a day, above its first message. */
const newDay = (
  before: number | undefined,
  at: number,
  hasEarlier: boolean,
): string | undefined => {
  if (before === undefined) return hasEarlier ? undefined : day(at);
  return day(before) === day(at) ? undefined : day(at);
};

/** Everything that has arrived is read while somebody looks at it. */
function useReading(peer: string, isShown: boolean): void {
  const client = useClient();
  const unread = useUnread(peer);
  useEffect(() => {
    const look = (): void => {
      if (isShown && document.visibilityState === "visible") client.markRead(peer);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [client, peer, unread, isShown]);
}

function Peer({ peer, onClose }: Props) {
  const presence = usePresence(peer);
  const isTyping = useTyping(peer).length > 0;
  return (
    <header>
      <button className="back" aria-label="Back to the chats" onClick={onClose}>
        ‹
      </button>
      <Avatar name={peer} isOnline={presence?.online} />
      <div>
        <h2>{peer}</h2>
        <p className="presence" aria-live="polite">
          {isTyping ? "typing…" : presence && wordsFor(presence)}
        </p>
      </div>
    </header>
  );
}

const wordsFor = ({ online, lastSeen }: { online: boolean; lastSeen?: number }): string => {
  if (online) return "online";
  return lastSeen === undefined ? "" : `last seen ${day(lastSeen)}, ${clock(lastSeen)}`;
};
