import type { Chat } from "posthorn/client";
import { useChats, usePresence, useTyping } from "posthorn/react";
import { useState } from "react";
import { Avatar } from "./avatar.tsx";
import { clock } from "./clock.ts";
import { Tick } from "./tick.tsx";

interface Props {
  user: string;
  open: string | undefined;
  onOpen: (peer: string) => void;
}

export function ChatList({ user, open, onOpen }: Props) {
  const { items, hasEarlier } = useChats();
  const [name, setName] = useState("");
  return (
    <nav className="list" aria-label="Chats">
      <header>
        <Avatar name={user} />
        <h1>{user}</h1>
      </header>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== user) onOpen(name.trim());
          setName("");
        }}
      >
        <input
          aria-label="Write to"
          placeholder="Write to …"
          required
          pattern="(?!g-)[A-Za-z0-9_\-]{1,64}"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </form>
      <ul>
        {items.map((chat) => (
          <li key={chat.peer}>
            <Line chat={chat} isOpen={chat.peer === open} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {items.length === 0 && <p>{hasEarlier ? "Loading…" : "No chats yet."}</p>}
    </nav>
  );
}

interface LineProps {
  chat: Chat;
  isOpen: boolean;
  onOpen: (peer: string) => void;
}

function Line({ chat: { peer, last, unread }, isOpen, onOpen }: LineProps) {
  const isTyping = useTyping(peer).length > 0;
  return (
    <button className="line" aria-current={isOpen} onClick={() => onOpen(peer)}>
      <Avatar name={peer} isOnline={usePresence(peer)?.online} />
      <b>{peer}</b>
      {last && <time>{clock(last.at)}</time>}
      <span className="preview">
        {isTyping ? (
          <em>typing…</em>
        ) : (
          <>
            {last?.to === peer && <Tick status={last.status} />}
            {last?.body}
          </>
        )}
      </span>
      {unread > 0 && <span className="badge">{unread}</span>}
    </button>
  );
}
