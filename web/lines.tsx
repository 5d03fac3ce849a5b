import { useRef, useState } from "preact/hooks";
import type { Chat } from "../src/client/client.ts";
import { usePresence, useTyping } from "../src/preact/preact.ts";
import { Avatar } from "./avatar.tsx";
import { stamp } from "./format.ts";
import { Typing } from "./header.tsx";
import { Tick } from "./icons.tsx";
import { openChat, openPeer } from "./open.ts";
import type { Page } from "./page.ts";

/** Lines whose people's presence is followed: the server lets a socket follow twice as many. */
const WATCHED_MAX = 100;

/** One tab stop for all the lines; the arrow keys move between them. */
export function Lines({ page, chats }: { page: Page; chats: readonly Chat[] }) {
  const list = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState<string>();
  const reached = chats.find(({ peer }) => peer === stop) ?? chats[0];
  const onKeyDown = (event: KeyboardEvent): void => {
    const lines = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = lines.findIndex((line) => line === document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    lines[Math.min(Math.max(next, 0), lines.length - 1)]?.focus();
  };
  return (
    <ul ref={list} class="lines" onKeyDown={onKeyDown}>
      {chats.map((chat, i) => (
        <li key={chat.peer} onFocusCapture={() => setStop(chat.peer)}>
          <Line page={page} chat={chat} stop={chat === reached} watched={i < WATCHED_MAX} />
        </li>
      ))}
    </ul>
  );
}

interface LineProps {
  page: Page;
  chat: Chat;
  stop: boolean;
  watched: boolean;
}

function Line({ page, chat, stop, watched }: LineProps) {
  const { peer, last, unread } = chat;
  const presence = usePresence(watched ? peer : undefined).value;
  // Without a connection what was known of the peer is old news.
  const { online } = (!page.trouble.value && presence) || { online: false };
  const isTyping = useTyping(peer).value.length > 0;
  return (
    <button
      class={unread > 0 ? "line unread" : "line"}
      tabIndex={stop ? 0 : -1}
      aria-current={openPeer.value === peer}
      onClick={() => openChat(peer)}
    >
      <Avatar name={peer} online={online} />
      <bdi class="peer">{peer}</bdi>
      {online && <span class="hidden">, online</span>}
      {last && <time dateTime={new Date(last.at).toISOString()}>{stamp(last.at, Date.now())}</time>}
      <span class="preview">{isTyping ? <Typing /> : <Preview last={last} peer={peer} />}</span>
      {unread > 0 && (
        <span class="badge">
          {unread}
          <span class="hidden"> unread</span>
        </span>
      )}
    </button>
  );
}

function Preview({ last, peer }: { last: Chat["last"]; peer: string }) {
  return (
    <>
      {last?.to === peer && <Tick status={last.status} />}
      <bdi dir="auto">{last?.body}</bdi>
    </>
  );
}
