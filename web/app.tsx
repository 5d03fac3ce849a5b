// The page: the list of chats beside the open one.
import { useEffect, useRef } from "preact/hooks";
import type { Chat, GroupInfo } from "../src/client/client.ts";
import { useChats } from "../src/preact/preact.ts";
import { ChatList } from "./chatlist.tsx";
import { isComposing } from "./composing.ts";
import { Composer } from "./composer.tsx";
import { GroupHeader, Header } from "./header.tsx";
import { Logo } from "./icons.tsx";
import { closeChat, linkInAddress, openChat, openPeer } from "./open.ts";
import type { Page } from "./page.ts";
import { Thread } from "./thread.tsx";
import { Banner } from "./banner.tsx";

export function App({ page }: { page: Page }) {
  const peer = openPeer.value;
  const before = useRef(peer);
  const chat = useChats().value.items.find((each) => each.peer === peer);
  useEffect(() => {
    const link = linkInAddress();
    if (link === undefined) return;
    history.replaceState(null, "", location.pathname + location.search);
    void page.join(link).then((id) => id !== undefined && openChat(id));
  }, []);
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
      {/* On a phone an open chat hides the list, and its masthead. */}
      <h1 class="hidden">Posthorn</h1>
      <Banner page={page} />
      <ChatList page={page} />
      <section class="pane" aria-label="Conversation">
        {peer === undefined ? (
          <Nobody user={page.user} />
        ) : (
          <>
            {chat?.group ? (
              <GroupHeader page={page} chat={chat} />
            ) : (
              <Header page={page} peer={peer} />
            )}
            <Thread key={peer} page={page} peer={peer} group={chat?.group} />
            {isClosed(chat) ? (
              <Closed info={chat?.group ?? {}} />
            ) : (
              <Composer key={`to ${peer}`} page={page} peer={peer} group={chat?.group} />
            )}
          </>
        )}
      </section>
    </main>
  );
}

/** May the person write here no more, or not at all? */
const isClosed = (chat: Chat | undefined): boolean => {
  const { left, role, rules } = chat?.group ?? {};
  return left !== undefined || (role === "member" && rules?.send === "admins");
};

const ENDS: Readonly<Record<string, string>> = {
  left: "You have left the group.",
  removed: "You were removed.",
  ended: "The group has ended.",
  limit: "You are in too many groups.",
};

/** The place of a composer where nothing can be written. */
function Closed({ info }: { info: GroupInfo }) {
  const why = info.left === undefined ? "Only admins can send messages." : ENDS[info.left];
  return (
    <p class="composer closed" role="status">
      {why}
    </p>
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
