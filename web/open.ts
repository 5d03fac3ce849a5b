import { signal } from "@preact/signals";
import { NAME } from "./identity.ts";

/** The open conversation is in the address (`#bob`): a reload keeps it and "back" closes it. */
const peerInAddress = (): string | undefined => {
  const name = location.hash.slice(1);
  return NAME.test(name) ? name : undefined;
};

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
