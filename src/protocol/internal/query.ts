import * as z from "zod";
import { GroupId, Id, MessageId, Seq, UserId } from "../../events/ids.ts";
import { parseMessageId } from "../../events/messageid.ts";
import { CHATS_MAX } from "../frames/chats.ts";
import { MEMBERS_MAX } from "../frames/groupviews.ts";
import { HISTORY_MAX } from "../frames/history.ts";
import { USERS_MAX } from "../frames/presence.ts";
import { readWord } from "./readword.ts";

/** Time after which an asker gives a question up, unless the question says another: longer than a view may wait for `atLeast`. */
export const ANSWER_MS = 4_000;

/**
 * Fields of every question. `owner`: the authenticated user; the gateway stamps it. `withinMs`: the
 * asker waits so long from now on; an answer after that is for nobody.
 */
const asked = { owner: UserId, atLeast: Seq, withinMs: z.int().positive().optional() };

const Place = z.object({ at: z.int().min(0), peer: Id });
/** Groups of one user in a list of chats, those that they have left included. */
const LISTED_MAX = 1_000;
/** A user's last stay in a group, and when their own mailbox heard of it. */
const stay = { group: GroupId, at: z.int(), from: Seq, upTo: Seq.optional() };
const members = { after: UserId.optional(), limit: z.int().min(1).max(MEMBERS_MAX) };

/** A question to the projections. */
export const Query = z.discriminatedUnion("view", [
  z.object({
    view: z.literal("chats"),
    ...asked,
    /** The asker's device; the gateway stamps it. */
    device: Id,
    limit: z.int().min(1).max(CHATS_MAX),
    before: Place.optional(),
    repeats: z.boolean().optional(),
  }),
  z.object({
    view: z.literal("history"),
    ...asked,
    peer: UserId,
    before: Seq.optional(),
    after: Seq.optional(),
    limit: z.int().min(1).max(HISTORY_MAX),
  }),
  z.object({ view: z.literal("sessions"), ...asked }),
  z.object({
    view: z.literal("keyed"),
    ...asked,
    group: GroupId,
    before: Seq.optional(),
    limit: z.int().min(1).max(HISTORY_MAX),
  }),
  z.object({ view: z.literal("status"), ...asked, id: MessageId }),
  z.object({
    view: z.literal("grouphistory"),
    ...asked,
    group: GroupId,
    before: Seq.optional(),
    after: Seq.optional(),
    limit: z.int().min(1).max(HISTORY_MAX),
  }),
  z.object({ view: z.literal("groupstatus"), ...asked, id: MessageId }),
  z.object({ view: z.literal("info"), ...asked, id: MessageId, ...members }),
  z.object({ view: z.literal("group"), ...asked, group: GroupId }),
  z.object({ view: z.literal("members"), ...asked, group: GroupId, ...members }),
  /** From replica to replica: the places that groups of one stream have in the list of a user's chats, the first behind `before`. */
  z.object({
    view: z.literal("groupplaces"),
    ...asked,
    groups: z.array(z.object(stay)).min(1).max(LISTED_MAX),
    before: Place.optional(),
    limit: z.int().min(1).max(CHATS_MAX),
  }),
  /** To the asker's own stream, while a list is joined: how far the asker has read in groups on the page, and the ticks of their own messages. */
  z.object({
    view: z.literal("groupmarks"),
    ...asked,
    device: Id,
    groups: z.array(GroupId).min(1).max(CHATS_MAX),
  }),
  /** From replica to replica: what that list shows of groups that are on the page. */
  z.object({
    view: z.literal("grouprows"),
    ...asked,
    groups: z
      .array(z.object({ ...stay, read: Seq }))
      .min(1)
      .max(CHATS_MAX),
  }),
  z.object({ view: z.literal("lastseen"), ...asked, users: z.array(Id).min(1).max(USERS_MAX) }),
]);
export type Query = z.infer<typeof Query>;

/** Characters of a question: a longer one is not even parsed. The longest names a thousand stays in groups. */
const CHARS_MAX = 256 * 1024;

/** undefined: the text is no question. */
export const readQuery = (text: string): Query | undefined => readWord(Query, text, CHARS_MAX);

/** The answer of one stream to `groupplaces`, in the order of the list. `more`: there are further ones behind these. */
export const PlacesOfGroups = z.object({ places: z.array(Place), more: z.boolean() });
export type PlacesOfGroups = z.infer<typeof PlacesOfGroups>;

/** The answer to `groupmarks`, in the order of the question: the own watermark, and those of the others. */
export const MarksOfGroups = z.object({
  marks: z.array(z.object({ read: Seq, readHere: Seq, peerDelivered: Seq, peerRead: Seq })),
});
export type MarksOfGroups = z.infer<typeof MarksOfGroups>;

/** The answer of one stream to `grouprows`: the first of the groups that were asked for, as many as an answer holds. */
export const RowsOfGroups = z.object({
  rows: z.array(z.looseObject({ peer: GroupId, at: z.int() })),
});

/** Is a question about the activity of users? Any other one is about a mailbox. */
export const isOfActivity = ({ view }: Query): boolean => view === "lastseen";

/** Is a question about groups, whose seqs are positions? */
export const isOfGroup = (query: Query): boolean => subjectOf(query) !== query.owner;

/** The mailbox that a question is about: the group's, or the asker's own. */
export function subjectOf(query: Query): string {
  switch (query.view) {
    case "group":
    case "members":
    case "grouphistory":
      return query.group;
    case "info":
    case "groupstatus":
      return parseMessageId(query.id)?.mailbox ?? query.owner;
    case "groupplaces":
    case "grouprows":
      return query.groups[0]?.group ?? query.owner;
    default:
      return query.owner;
  }
}

const REFUSALS = ["not_found", "view.behind", "unavailable", "rate_limited", "internal"] as const;
/** The reason why a view does not answer. */
export type ViewRefusal = (typeof REFUSALS)[number];

/** The reply of a projection: one of the answers, and the seq of the asker's stream it is true for. */
export type ViewReply = { seq: number; result: unknown } | { error: ViewRefusal };

/** A reply as it was read: the answer stays text. */
export type ReadReply =
  | { readonly kind: "answer"; readonly seq: number; readonly result: string }
  | { readonly kind: "refusal"; readonly code: ViewRefusal };

/**
 * A reply as text of two lines, so that the gateway forwards an answer without opening it.
 *
 * - `A <seq>` + the answer as JSON
 * - `R <code>` + empty line
 */
export const writeReply = (reply: ViewReply): string =>
  "error" in reply ? `R ${reply.error}\n` : `A ${reply.seq}\n${JSON.stringify(reply.result)}`;

/** Reads a reply. JSON text holds no line break, so the first line is safe. */
export function readReply(text: string): ReadReply {
  const end = text.indexOf("\n");
  const said = text.slice(2, end);
  if (text.startsWith("A "))
    return { kind: "answer", seq: Number(said), result: text.slice(end + 1) };
  return { kind: "refusal", code: isRefusal(said) ? said : "internal" };
}

const isRefusal = (code: string): code is ViewRefusal => REFUSALS.some((each) => each === code);
