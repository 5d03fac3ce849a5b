import { useConnection, useUnread } from "posthorn/react";
import { useEffect, useState } from "react";
import { ChatList } from "./chatlist.tsx";
import { Conversation } from "./conversation.tsx";

/** The list of chats beside the open one. */
export function App({ user }: { user: string }) {
  const [peer, setPeer] = useState<string>();
  const unread = useUnread();
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${user}` : user;
  }, [unread, user]);
  return (
    <main className={peer === undefined ? "app" : "app talking"}>
      <Connection />
      <ChatList user={user} open={peer} onOpen={setPeer} />
      {peer === undefined ? (
        <section className="nobody">Pick a chat, or write to somebody.</section>
      ) : (
        <Conversation key={peer} peer={peer} onClose={() => setPeer(undefined)} />
      )}
    </main>
  );
}

/** Says when there is no connection; the style sheet shows it after a moment, so that no blip is worth a word. */
function Connection() {
  const { state, reason } = useConnection();
  if (state === "online") return null;
  return (
    <p className="banner" role="status">
      {state === "closed" ? `Disconnected (${reason}).` : "Waiting for connection…"}
    </p>
  );
}
