import { effect, signal } from "@preact/signals";
import type { ChatClient } from "../src/client/client.ts";
import { chatSignals } from "../src/preact/preact.ts";
import { tellOfHumans } from "./attention.ts";
import { draftsOf } from "./drafts.ts";
import { createNotice, troubleOf } from "./trouble.ts";

/** The page beside its chats, which the hooks of the client give: its words to a person, and what that person does. */
export type Page = ReturnType<typeof createPage>;

export function createPage(client: ChatClient, user: string) {
  const signals = chatSignals(client);
  const notice = createNotice();
  /** Does this browser keep nothing of the chats? */
  const forgetful = signal(false);
  client.on("error", ({ code, message }) => {
    if (code === "storage.failed") forgetful.value = true;
    else notice.say(message);
  });
  const unread = signals.unread();
  effect(() => {
    document.title = `${unread.value > 0 ? `(${unread.value}) ` : ""}${user} · Posthorn`;
  });
  tellOfHumans(client);
  return {
    user,
    notice: notice.text,
    forgetful,
    drafts: draftsOf(user),
    trouble: troubleOf(signals.connection()),
    /** False when the client cannot take it; the person is told why. */
    send: (peer: string, body: string): boolean => {
      try {
        client.send(peer, body);
        return true;
      } catch (error) {
        notice.say(`Not sent: ${String(error)}`);
        return false;
      }
    },
    typed: (peer: string): void => {
      if (client.connection.state === "online") client.typed(peer);
    },
    retry: (cid: string): void => client.retry(cid),
    discard: (cid: string): void => client.discard(cid),
  };
}
