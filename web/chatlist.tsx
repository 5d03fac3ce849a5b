import { useRef, useState } from "preact/hooks";
import type { Chat } from "../src/client/client.ts";
import { Avatar } from "./avatar.tsx";
import { stamp } from "./format.ts";
import { Typing } from "./header.tsx";
import { Icon, Logo, Tick } from "./icons.tsx";
import { NAME, NAME_RULE } from "./identity.ts";
import { openChat, openPeer } from "./open.ts";
import type { Page } from "./page.ts";

/** Lines drawn; the search finds the rest. */
const LINES_MAX = 200;

export function ChatList({ page }: { page: Page }) {
  const [wanted, setWanted] = useState("");
  const name = wanted.trim();
  const found = page.chats.value.filter(({ peer }) =>
    peer.toLowerCase().includes(name.toLowerCase()),
  );
  const startable = name !== page.user && !found.some(({ peer }) => peer === name);
  const start = (peer: string): void => {
    setWanted("");
    openChat(peer);
  };
  return (
    <nav class="list" aria-label="Chats">
      <Masthead user={page.user} />
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (NAME.test(name) && name !== page.user) start(name);
        }}
      >
        <input
          type="search"
          aria-label="Find a chat, or a name to write to"
          placeholder="Find or start a chat"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={wanted}
          onInput={({ currentTarget }) => setWanted(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || wanted === "") return;
            event.preventDefault();
            setWanted("");
          }}
        />
      </form>
      {name !== "" && startable && <Start name={name} start={start} />}
      {name !== "" && name === page.user && <p class="hint">That is you.</p>}
      <Lines page={page} chats={found.slice(0, LINES_MAX)} />
      {page.loaded.value && page.chats.value.length === 0 && name === "" && (
        <Welcome user={page.user} start={start} />
      )}
    </nav>
  );
}

function Masthead({ user }: { user: string }) {
  return (
    <header class="bar masthead">
      <Logo />
      <h1>Posthorn</h1>
      <a
        class="me"
        href="/"
        target="_blank"
        rel="noopener"
        title="Open another tab as somebody else"
      >
        <bdi>{user}</bdi>
        <Avatar name={user} />
        <span class="hidden">: open another tab as somebody else</span>
      </a>
    </header>
  );
}

function Start({ name, start }: { name: string; start: (peer: string) => void }) {
  if (!NAME.test(name)) return <p class="hint wrong">A name is {NAME_RULE}.</p>;
  return (
    <button class="start-chat" onClick={() => start(name)}>
      <Icon shape="person" /> Write to <bdi>{name}</bdi>
    </button>
  );
}

/** The first steps of somebody who has no chats yet. */
function Welcome({ user, start }: { user: string; start: (peer: string) => void }) {
  const other = user === "bob" ? "alice" : "bob";
  return (
    <div class="hint">
      <p>No chats yet.</p>
      <p>
        <button class="link" onClick={() => start(other)}>
          Write to {other}
        </button>{" "}
        and{" "}
        <a href={`/?as=${other}`} target="_blank" rel="noopener">
          open a second tab as {other}
        </a>
        .
      </p>
    </div>
  );
}

/** One tab stop for all the lines; the arrow keys move between them. */
function Lines({ page, chats }: { page: Page; chats: readonly Chat[] }) {
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
      {chats.map((chat) => (
        <li key={chat.peer} onFocusCapture={() => setStop(chat.peer)}>
          <Line page={page} chat={chat} stop={chat === reached} />
        </li>
      ))}
    </ul>
  );
}

function Line({ page, chat, stop }: { page: Page; chat: Chat; stop: boolean }) {
  const { peer, last, unread, typing } = chat;
  const online = !page.trouble.value && (page.presences.value.get(peer)?.online ?? false);
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
      <span class="preview">
        {!typing && last?.to === peer && <Tick status={last.status} />}
        {typing ? <Typing /> : <bdi dir="auto">{last?.body}</bdi>}
      </span>
      {unread > 0 && (
        <span class="badge">
          {unread}
          <span class="hidden"> unread</span>
        </span>
      )}
    </button>
  );
}
