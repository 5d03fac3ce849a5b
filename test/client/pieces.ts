// Pieces that specs of a client's parts are made of.
import { Local } from "../../src/client/mailbox/local.ts";
import { memoryStorage } from "../../src/client/storage/storage.ts";
import type { GroupRow } from "../../src/protocol/frames/chats.ts";
import type { MessageRow } from "../../src/protocol/frames/history.ts";

/** A device's copy of its mailbox, of which no other part hears. */
export const lonely = (): Local =>
  new Local({
    storage: memoryStorage(),
    deviceId: "d",
    now: () => 0,
    changed: () => undefined,
    saved: () => undefined,
    otherLogin: () => undefined,
    ended: () => undefined,
    entries: () => [],
    failed: () => undefined,
  });

/** A message as views and clients have it. `mailbox`: where its fact lies. */
export const messageRow = (
  seq: number,
  author: string,
  to: string,
  mailbox = author,
): MessageRow => ({
  seq,
  id: `${mailbox}:${seq}`,
  author,
  to,
  cid: `c.${seq}`,
  body: "",
  sentAt: seq,
});

/** A group's line: the user joins by its link. */
export const joining = (seq: number, user: string) => ({
  seq,
  at: seq,
  by: user,
  change: { do: "join", user } as const,
});

/** A group in the list of chats, of which nothing has been received. */
export const groupRow = (peer: string, more: Partial<GroupRow> = {}): GroupRow => ({
  peer,
  at: 1,
  from: 1,
  read: 0,
  readHere: 0,
  peerDelivered: 0,
  peerRead: 0,
  ...more,
});
