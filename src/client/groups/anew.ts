import { positionOf } from "../../events/position.ts";
import type { GroupRow } from "../../protocol/frames/chats.ts";
import type { HistoryAnswer } from "../../protocol/frames/history.ts";
import type { Resync } from "../../protocol/frames/mailbox.ts";
import { NOTHING_YET } from "../../rules/watermarks.ts";
import { positionIn, recounted } from "../mailbox/chat.ts";
import { listed, placeIn, upToNow, type GroupChat } from "./groupchat.ts";
import { rowsOf } from "./line.ts";

/** The place that a group's newest page has to know: that of the server's word, and what its row in the list has counted. */
export const placeBehind = (known: GroupChat, { seq }: Resync, row: GroupRow | undefined): number =>
  Math.max(placeIn(known, seq), positionOf(row?.generation ?? 0, row?.seq ?? 0));

/** A group's newest page and its row in the list take the place of what was known of it. */
export function loadedAnew(
  known: GroupChat,
  { epoch, seq, reason }: Resync,
  page: HistoryAnswer,
  row: GroupRow | undefined,
): GroupChat {
  // Everything that this device knew of another life of the log is void.
  const isSame = reason === "too-long";
  const { on: _, ...group } = known.group;
  const messages = rowsOf(known.peer, page.messages);
  const theirs = messages.filter(({ author, change }) => author !== group.me && !change);
  const behind = theirs.filter((each) => each.seq > (row?.seq ?? seq)).length;
  const fresh: GroupChat = {
    ...known,
    ...(!isSame && { seen: 0, theirs: NOTHING_YET }),
    seq,
    messages,
    more: page.more,
    received: Math.max(0, ...theirs.map(({ id }) => positionIn(id))),
    unread: (row?.unread ?? 0) + behind,
    group: { ...group, epoch, mentioned: row?.mentioned ?? false },
  };
  if (row === undefined) return recounted(fresh);
  return listed(fresh, isSame ? upToNow(row, known) : row);
}
