import { effect, signal, type ReadonlySignal } from "@preact/signals";
import type { Chat, ChatClient, ClientEvents } from "../src/client/client.ts";
import { openPeer } from "./open.ts";

/** The server's limit of watched users. */
const WATCHES_MAX = 100;

type Presences = ReadonlyMap<string, Omit<ClientEvents["presence"], "user">>;

/** The ones who are typing; also somebody with whom there is no chat yet. */
export function typersOf(client: ChatClient): ReadonlySignal<ReadonlySet<string>> {
  const typers = signal<ReadonlySet<string>>(new Set());
  client.on("typing", ({ peer, typing }) => {
    const others = [...typers.value].filter((other) => other !== peer);
    typers.value = new Set(typing ? [...others, peer] : others);
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
