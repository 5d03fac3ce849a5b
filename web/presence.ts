import { effect, signal, type ReadonlySignal } from "@preact/signals";
import type { Chat, ChatClient, UserPresence } from "../src/client/client.ts";
import { openPeer } from "./open.ts";

/** The server's limit of watched users. */
const WATCHES_MAX = 100;

type Presences = ReadonlyMap<string, UserPresence>;

/** The ones who are typing; also somebody with whom there is no chat yet. */
export function typersOf(client: ChatClient): ReadonlySignal<ReadonlySet<string>> {
  const typers = signal<ReadonlySet<string>>(new Set());
  client.subscribe(() => {
    const peers = [openPeer.peek() ?? "", ...client.chats().items.map(({ peer }) => peer)];
    typers.value = new Set(peers.filter((peer) => client.typing(peer).length > 0));
  });
  return typers;
}

/** Watches the open peer and the newest chats. */
export function presencesOf(
  client: ChatClient,
  chats: ReadonlySignal<readonly Chat[]>,
): ReadonlySignal<Presences> {
  const presences = signal<Presences>(new Map());
  let watched = new Set<string>();
  let giveUp = (): void => undefined;
  client.subscribe(() => {
    presences.value = new Map(
      [...watched].flatMap((user) => {
        const presence = client.presence(user);
        return presence ? [[user, presence]] : [];
      }),
    );
  });
  effect(() => {
    const peers = chats.value.map(({ peer }) => peer);
    if (openPeer.value !== undefined) peers.unshift(openPeer.value);
    const wanted = new Set([...new Set(peers)].slice(0, WATCHES_MAX));
    watched = wanted;
    const before = giveUp;
    giveUp = client.watch([...wanted]);
    before();
  });
  return presences;
}
