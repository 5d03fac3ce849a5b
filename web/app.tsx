// The page: the list of chats beside the open one.
import { useEffect, useRef } from "preact/hooks";
import { ChatList } from "./chatlist.tsx";
import { isComposing } from "./composing.ts";
import { Composer } from "./composer.tsx";
import { Header } from "./header.tsx";
import { Logo } from "./icons.tsx";
import { closeChat, openPeer } from "./open.ts";
import type { Page } from "./page.ts";
import { Thread } from "./thread.tsx";
import { Banner } from "./banner.tsx";

export function App({ page }: { page: Page }) {
  const peer = openPeer.value;
  const before = useRef(peer);
  useEffect(() => {
    // A person who closes a conversation is back at its line in the list.
    if (peer === undefined && before.current !== undefined)
      document.querySelector<HTMLElement>(".line[tabindex='0']")?.focus();
    before.current = peer;
  }, [peer]);
  useEffect(() => {
    const closed = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented || isComposing(event)) return;
      if (openPeer.peek()) closeChat();
    };
    addEventListener("keydown", closed);
    return () => removeEventListener("keydown", closed);
  }, []);
  return (
    <main class={peer === undefined ? "app" : "app talking"}>
      <Banner page={page} />
      <ChatList page={page} />
      <section class="pane" aria-label="Conversation">
        {peer === undefined ? (
          <Nobody user={page.user} />
        ) : (
          <>
            <Header page={page} peer={peer} />
            <Thread key={peer} page={page} peer={peer} />
            <Composer key={`to ${peer}`} page={page} peer={peer} />
          </>
        )}
      </section>
    </main>
  );
}

function Nobody({ user }: { user: string }) {
  return (
    <div class="nobody">
      <Logo />
      <h2>
        Good to see you, <bdi>{user}</bdi>
      </h2>
      <p>Pick a chat, or type a name to start one.</p>
    </div>
  );
}
