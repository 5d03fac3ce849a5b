import * as z from "zod";
import { Described, GroupLimits, GroupRules } from "./ask.ts";
import { Content } from "./content.ts";
import { Cid, GroupId, Seq, UserId } from "./ids.ts";

/** A change of a group. `add` and `create` name all whom they have let in. */
export const GroupChange = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("create"),
    name: z.string(),
    /** The creator first, who is the only admin. */
    members: z.array(UserId),
    limits: GroupLimits,
  }),
  z.object({ do: z.literal("add"), users: z.array(UserId) }),
  z.object({ do: z.literal("remove"), user: UserId }),
  z.object({
    do: z.literal("leave"),
    user: UserId,
    /** The admin from now on, where nobody else was left who is one. */
    successor: UserId.optional(),
    /** They were the last one: nothing follows any more. */
    ended: z.literal(true).optional(),
    why: z.literal("limit").optional(),
  }),
  z.object({ do: z.literal("promote"), user: UserId }),
  z.object({ do: z.literal("demote"), user: UserId }),
  z.object({ do: z.literal("describe"), ...Described }),
  z.object({ do: z.literal("rule"), ...GroupRules }),
  /** The link itself is in the copy that the fact's `of` names, which members do not follow. */
  z.object({ do: z.literal("invite"), on: z.boolean() }),
  z.object({ do: z.literal("join"), user: UserId }),
]);
const decided = {
  /** The position of the author's fact. */
  cause: Seq,
  /** The position of the copy that it answers. */
  of: Seq,
};

export type GroupChange = z.infer<typeof GroupChange>;

/**
 * Facts of a group: what it has accepted, in its one order, which its members follow. A message's position is that of the
 * entry, and its id `<group>:<position>`.
 */
export const GroupFact = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("MessageSent"),
    author: UserId,
    to: GroupId,
    cid: Cid,
    body: z.string(),
    data: Content.optional(),
    mentions: z.array(UserId).optional(),
    ...decided,
    sentAt: z.number(),
  }),
  z.object({
    type: z.literal("GroupChanged"),
    by: UserId,
    cid: Cid.optional(),
    ...decided,
    change: GroupChange,
  }),
]);
export type GroupFact = z.infer<typeof GroupFact>;
