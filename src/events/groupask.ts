import * as z from "zod";
import { Asking } from "./ask.ts";
import { Content } from "./content.ts";
import { Cid, GroupId, Seq, UserId } from "./ids.ts";

const asked = {
  author: UserId,
  /** The position of the author's fact. */
  cause: Seq,
  /** As of a copy: the generation of the group's stream for which it was put there. */
  in: z.int().nonnegative().optional(),
  /** The position from which on the author was a member, as the author's actor knew when it folded the fact; 0: none. */
  under: Seq,
};

/** Copies in a group's mailbox: what members' actors carry there. The group decides on them, in their order. */
export const GroupAsk = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("MessageSent"),
    ...asked,
    to: GroupId,
    cid: Cid,
    body: z.string(),
    data: Content.optional(),
    mentions: z.array(UserId).optional(),
    /** The last word of the group, by its `cause`, that the author's actor had heard when it folded the fact; 0: none, or it had been told just before that the group is busy. */
    knows: Seq,
    /** The time at which the author's fact was stored, ms since 1970 by the broker's clock. */
    sentAt: z.number(),
  }),
  z.object({
    type: z.literal("GroupAsked"),
    ...asked,
    group: GroupId,
    /** Absent: the author's actor asks by itself, and nobody waits for what comes of it. */
    cid: Cid.optional(),
    ask: Asking,
  }),
]);
export type GroupAsk = z.infer<typeof GroupAsk>;
