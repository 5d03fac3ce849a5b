import type { Mail } from "../../events/event.ts";
import { isGroup } from "../../events/messageid.ts";
import { claimOf, isReceipt } from "../../rules/receipts.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { View } from "../view.ts";
import { conversation, conversations } from "./conversation.ts";

/** How far a user has read a conversation on each device by itself: a bot's position is that of its own device. */
export const readmarks = {
  name: "readmarks",
  version: 2,
  of: "mailboxes",
  kinds: ["here"],
  reads: [conversations.name],
  stated,
} as const satisfies View;

/** The highest position that an owner has read of a peer on a device. */
const hereKey: Kind<number> = kind("here");

export const readHere = (rows: Reading, owner: string, peer: string, device: string): number =>
  rows.get(hereKey(owner, peer, device)) ?? 0;

/**
 * A claim of more than there is counts as far as there is something, as for the user's own watermark. A group's gateway has held it
 * to that already.
 */
function stated(rows: Rows, { owner, event }: Extract<Mail, { kind: "fact" }>): void {
  if (!isReceipt(event)) return;
  const { peer, device } = event;
  const claim = claimOf(event).read;
  const read = isGroup(peer) ? claim : Math.min(claim, conversation(rows, owner, peer).received);
  const here = hereKey(owner, peer, device);
  if (read > (rows.get(here) ?? 0)) rows.put(here, read);
}
