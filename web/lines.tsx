import { useRef, useState } from "preact/hooks";
import type { Chat } from "../src/client/client.ts";
import { usePresence, useTyping } from "../src/preact/preact.ts";
import { Avatar } from "./avatar.tsx";
import { stamp } from "./format.ts";
import { Typing } from "./header.tsx";
import { Tick } from "./icons.tsx";
import { openChat, openPeer } from "./open.ts";
import type { Page } from "./page.ts";
import { saying } from "./sayings.ts";

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
  const { peer, last, unread, group } = chat;
  const name = nameOf(chat);
  const online = useOnline(page, watched && !group ? peer : undefined);
  return (
    <button
      class={unread > 0 ? "line unread" : "line"}
      tabIndex={stop ? 0 : -1}
      aria-current={openPeer.value === peer}
      onClick={() => openChat(peer)}
    >
      <Avatar name={name} online={online} />
      <bdi class="peer">{name}</bdi>
      <span class="hidden">{[group && ", group", online && ", online"]}</span>
      <Time at={last?.at} />
      <span class="preview">
        <Now chat={chat} user={page.user} />
      </span>
      {unread > 0 && <Badge chat={chat} />}
    </button>
  );
}

const nameOf = ({ peer, group }: Chat): string => (group ? (group.name ?? "Group") : peer);

/** Is this person online? Without a connection what was known of them is old news. */
function useOnline(page: Page, peer: string | undefined): boolean {
  const presence = usePresence(peer).value;
  return !page.trouble.value && presence?.online === true;
}

/** The state of the chat now: somebody types, or has written last. */
function Now({ chat: { peer, last, group }, user }: { chat: Chat; user: string }) {
  const typing = useTyping(peer).value;
  if (typing.length > 0) return <Typing who={group ? typing : []} />;
  return <Preview last={last} user={user} inGroup={group !== undefined} />;
}

function Time({ at }: { at: number | undefined }) {
  if (at === undefined) return null;
  return <time dateTime={new Date(at).toISOString()}>{stamp(at, Date.now())}</time>;
}

function Badge({ chat: { unread, mentioned } }: { chat: Chat }) {
  return (
    <span class="badge">
      {mentioned && "@ "}
      {unread}
      <span class="hidden"> unread{mentioned && ", you are named"}</span>
    </span>
  );
}

interface PreviewProps {
  last: Chat["last"];
  user: string;
  inGroup: boolean;
}

function Preview({ last, user, inGroup }: PreviewProps) {
  if (last === undefined) return null;
  if (last.change) return <>{saying(last.change, last.author ?? "", user)}</>;
  return (
    <>
      {last.mine && <Tick status={last.status} />}
      {inGroup && !last.mine && <bdi>{last.author}: </bdi>}
      <bdi dir="auto">{last.body}</bdi>
    </>
  );
}
