import { isGroup, parseMessageId } from "../../events/messageid.ts";
import { MEMBERS_MAX } from "../../protocol/frames/groupviews.ts";
import { PAGE_ROWS } from "../../protocol/frames/history.ts";
import type { Question } from "../../protocol/frames/reply.ts";
import type { Query } from "../../protocol/internal/query.ts";
import type { Author } from "./session.ts";

/** A question for a page, with its size where it says none. */
const sized = <Q extends { readonly limit?: number }>(question: Q, limit: number) => ({
  ...question,
  limit: question.limit ?? limit,
});

/**
 * The question for the views; the asker is stamped here, never taken from the frame. A question about a group goes to its own
 * stream, which knows who may see what.
 */
export function queryOf(
  { user: owner, deviceId: device }: Author,
  { v: _v, ref: _ref, ...frame }: Question,
): Query {
  const { atLeast = 0 } = frame as { readonly atLeast?: number };
  const asked = { owner, atLeast };
  switch (frame.t) {
    case "chats": {
      const { t: view, ...rest } = sized(frame, PAGE_ROWS);
      return { ...rest, ...asked, view, device };
    }
    case "history": {
      const { t: _t, peer, ...rest } = sized(frame, PAGE_ROWS);
      const page = { ...rest, ...asked };
      if (isGroup(peer)) return { ...page, view: "grouphistory", group: peer };
      return { ...page, view: "history", peer };
    }
    case "status": {
      const isOfGroup = isGroup(parseMessageId(frame.id)?.mailbox ?? "");
      return { ...asked, view: isOfGroup ? "groupstatus" : "status", id: frame.id };
    }
    case "members": {
      const { t: view, ...rest } = sized(frame, MEMBERS_MAX);
      return { ...rest, ...asked, view };
    }
    case "info": {
      const { t: view, ...rest } = sized(frame, MEMBERS_MAX);
      return { ...rest, ...asked, view };
    }
    case "keyed": {
      const { t: view, ...rest } = sized(frame, PAGE_ROWS);
      return { ...rest, ...asked, view };
    }
    case "group":
      return { ...asked, view: "group", group: frame.group };
    case "sessions":
      return { ...asked, view: "sessions" };
    case "lastSeen":
      return { view: "lastseen", owner, users: [...frame.users], atLeast: 0 };
  }
}
