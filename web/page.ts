import { batch, computed, effect, signal } from "@preact/signals";
import type { Chat, ChatClient } from "../src/client/client.ts";
import { tellOfHumans } from "./attention.ts";
import { createConversation } from "./conversation.ts";
import { draftsOf } from "./drafts.ts";
import { openPeer } from "./open.ts";
import { presencesOf, typersOf } from "./presence.ts";
import { createNotice, troubleOf } from "./trouble.ts";

/** Events that come close together are drawn together. */
const DRAW_MS = 16;

/** The content of the page: signals fed by one client, and what a person can do. */
export type Page = ReturnType<typeof createPage>;

export function createPage(client: ChatClient, user: string) {
  const chats = signal<readonly Chat[]>([]);
  /** Has the list come, from the storage or the server? */
  const loaded = signal(false);
  const chat = computed(() => chats.value.find(({ peer }) => peer === openPeer.value));
  const conversation = createConversation(client, chat);
  const notice = createNotice();
  const drawNow = (): void =>
    batch(() => {
      chats.value = client.chats().items;
      conversation.draw();
    });

  drawOnEvents(client, drawNow, () => {
    loaded.value ||= !client.chats().hasEarlier;
    if (loaded.peek() && openPeer.peek() !== undefined) void conversation.fill();
  });
  const forgetful = signal(false);
  client.on("error", ({ code, message }) => {
    if (code === "storage.failed") forgetful.value = true;
    else notice.say(message);
  });
  effect(() => {
    if (openPeer.value === undefined) return;
    conversation.reset();
    if (loaded.peek()) void conversation.fill();
  });
  effect(() => {
    const looked = conversation.looked.value;
    if (looked && chat.value && chat.value.unread > 0) client.markRead(chat.value.peer, looked.id);
  });
  effect(() => {
    const unread = chats.value.reduce((sum, { unread: more }) => sum + more, 0);
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${user} · Posthorn`;
  });
  tellOfHumans(client);

  const and = (act: () => unknown): void => {
    act();
    drawNow();
  };
  return {
    user,
    chats,
    chat,
    loaded,
    conversation,
    notice: notice.text,
    /** Does this browser keep nothing of the chats? */
    forgetful,
    drafts: draftsOf(user),
    presences: presencesOf(client, chats),
    typers: typersOf(client),
    trouble: troubleOf(client),
    /** False when the client cannot take it; the person is told why. */
    send: (peer: string, body: string): boolean => {
      try {
        client.send(peer, body);
      } catch (error) {
        notice.say(`Not sent: ${String(error)}`);
        return false;
      }
      conversation.unreadFrom.value = undefined;
      drawNow();
      return true;
    },
    typing: (peer: string): void => {
      if (client.connection.state === "online") client.typed(peer);
    },
    retry: (cid: string): void => and(() => client.retry(cid)),
    discard: (cid: string): void => and(() => client.discard(cid)),
  };
}

/** `came`: the lists are there, from the storage or, later, from the server. */
function drawOnEvents(client: ChatClient, draw: () => void, came: () => void): void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const drawSoon = (): void => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      draw();
    }, DRAW_MS);
  };
  let before = "";
  client.subscribe(() => {
    drawSoon();
    const now = `${client.chats().hasEarlier} ${client.connection.state}`;
    if (now === before) return;
    before = now;
    draw();
    came();
  });
}
