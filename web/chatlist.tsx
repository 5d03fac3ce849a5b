import { useState } from "preact/hooks";
import { useChats } from "../src/preact/preact.ts";
import { Avatar } from "./avatar.tsx";
import { isComposing } from "./composing.ts";
import { Icon, Logo } from "./icons.tsx";
import { NAME, NAME_RULE } from "./identity.ts";
import { Lines } from "./lines.tsx";
import { NewGroup } from "./newgroup.tsx";
import { openChat } from "./open.ts";
import type { Page } from "./page.ts";

/** Lines drawn; the search finds the rest. */
const LINES_MAX = 200;

export function ChatList({ page }: { page: Page }) {
  const [wanted, setWanted] = useState("");
  const [making, setMaking] = useState(false);
  const name = wanted.trim();
  const { items, hasEarlier } = useChats().value;
  const found = items.filter(({ peer, group }) =>
    (group ? (group.name ?? "") : peer).toLowerCase().includes(name.toLowerCase()),
  );
  const startable = name !== page.user && !found.some(({ peer }) => peer === name);
  const start = (peer: string): void => {
    setWanted("");
    openChat(peer);
  };
  return (
    <nav class="list" aria-label="Chats">
      <Masthead user={page.user} make={() => setMaking(true)} />
      {making && <NewGroup page={page} close={() => setMaking(false)} />}
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
            if (event.key !== "Escape" || wanted === "" || isComposing(event)) return;
            event.preventDefault();
            setWanted("");
          }}
        />
      </form>
      {name !== "" && startable && <Start name={name} start={start} />}
      {name !== "" && name === page.user && <p class="hint">That is you.</p>}
      <Lines page={page} chats={found.slice(0, LINES_MAX)} />
      {!hasEarlier && items.length === 0 && name === "" && (
        <Welcome user={page.user} start={start} />
      )}
    </nav>
  );
}

function Masthead({ user, make }: { user: string; make: () => void }) {
  return (
    <header class="bar masthead">
      <Logo />
      <p class="brand">Posthorn</p>
      <button
        class="round"
        aria-label="New group"
        aria-haspopup="dialog"
        title="New group"
        onClick={make}
      >
        <Icon shape="group" />
      </button>
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
