import { batch, computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import type { Chat, ChatClient, ClientEvents } from "../src/client/client.ts";
import { attended, tellOfHumans } from "./attention.ts";
import { createConversation } from "./conversation.ts";
import { openPeer } from "./open.ts";
import { createNotice, troubleOf } from "./trouble.ts";

/** Events that come close together are drawn together. */
const DRAW_MS = 16;
/** The server's limit of watched users. */
const WATCHES_MAX = 100;

type Presence = Omit<ClientEvents["presence"], "user">;

/** What the page shows: signals fed by one client, and what a person can do. */
export type Page = ReturnType<typeof createPage>;

export function createPage(client: ChatClient, user: string) {
  const chats = signal<readonly Chat[]>([]);
  /** Has the list come, from the storage or the server? */
  const loaded = signal(false);
  const chat = computed(() => chats.value.find(({ peer }) => peer === openPeer.value));
  const conversation = createConversation(client, chat);
  const notice = createNotice();
  const drafts = new Map<string, string>();

  let drawing: ReturnType<typeof setTimeout> | undefined;
  const draw = (): void => {
    clearTimeout(drawing);
    drawing = undefined;
    batch(() => {
      chats.value = client.chats();
      conversation.draw();
    });
  };
  const drawSoon = (): void => void (drawing ??= setTimeout(draw, DRAW_MS));

  for (const event of ["message", "chat", "typing"] as const) client.on(event, drawSoon);
  client.on("resync", () => {
    loaded.value = true;
    draw();
  });
  client.on("connection", ({ state }) => {
    if (state !== "online") return;
    loaded.value = true;
    draw();
    void conversation.fill();
  });
  client.on("error", ({ message }) => notice.say(message));

  effect(() => {
    if (openPeer.value !== undefined) conversation.reset();
  });
  effect(() => {
    if (openPeer.value !== undefined && loaded.value) void conversation.fill();
  });
  effect(() => {
    const { settled, atBottom } = conversation;
    const looking = settled.value && atBottom.value && attended.value;
    if (looking && chat.value && chat.value.unread > 0) client.markRead(chat.value.peer);
  });
  effect(() => {
    const unread = chats.value.reduce((sum, { unread: more }) => sum + more, 0);
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${user} · Posthorn`;
  });
  tellOfHumans(client);
  const presences = presencesOf(client, chats);
  const trouble = troubleOf(client);

  return {
    ...{ user, chats, chat, loaded, conversation, presences, trouble, drafts },
    notice: notice.text,
    typing: (peer: string): void => client.typing(peer),
    send(peer: string, body: string): void {
      client.send(peer, body);
      conversation.unreadFrom.value = undefined;
      draw();
    },
    retry(cid: string): void {
      client.retry(cid);
      draw();
    },
    discard(cid: string): void {
      client.discard(cid);
      draw();
    },
  };
}

/** Watches the open peer and the newest chats. */
function presencesOf(
  client: ChatClient,
  chats: ReadonlySignal<readonly Chat[]>,
): ReadonlySignal<ReadonlyMap<string, Presence>> {
  const presences = signal<ReadonlyMap<string, Presence>>(new Map());
  let watched = new Set<string>();
  client.on("presence", ({ user, ...presence }) => {
    presences.value = new Map(presences.value).set(user, presence);
  });
  effect(() => {
    const peers = chats.value.map(({ peer }) => peer);
    if (openPeer.value !== undefined) peers.unshift(openPeer.value);
    const wanted = new Set([...new Set(peers)].slice(0, WATCHES_MAX));
    const dropped = [...watched].filter((peer) => !wanted.has(peer));
    const added = [...wanted].filter((peer) => !watched.has(peer));
    watched = wanted;
    if (dropped.length > 0) client.unwatch(dropped);
    if (added.length > 0) client.watch(added);
  });
  return presences;
}
