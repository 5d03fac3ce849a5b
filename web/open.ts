import { signal } from "@preact/signals";
import { NAME } from "./identity.ts";

/** The open conversation is in the address (`#bob`): a reload keeps it and "back" closes it. */
const peerInAddress = (): string | undefined => {
  const name = location.hash.slice(1);
  return NAME.test(name) || GROUP.test(name) ? name : undefined;
};

const GROUP = /^g-[\w-]{22}$/;
const JOIN = "#join/";

/** The link to a group that the address is (`#join/…`). */
export const linkInAddress = (): string | undefined =>
  location.hash.startsWith(JOIN) ? location.hash.slice(JOIN.length) : undefined;
/** A group's link as an address of this page. */
export const addressOf = (link: string): string => `${location.origin}/${JOIN}${link}`;

export const openPeer = signal(peerInAddress());
addEventListener("popstate", () => (openPeer.value = peerInAddress()));

export function openChat(peer: string): void {
  if (peer === openPeer.peek()) return;
  const entry = `#${peer}`;
  if (openPeer.peek() === undefined) history.pushState({ fromList: true }, "", entry);
  else history.replaceState(history.state, "", entry);
  openPeer.value = peer;
}

export function closeChat(): void {
  if ((history.state as { fromList?: boolean } | null)?.fromList) return history.back();
  history.replaceState(null, "", location.pathname + location.search);
  openPeer.value = undefined;
}
