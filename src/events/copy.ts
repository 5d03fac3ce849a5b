import * as z from "zod";
import { Content } from "./content.ts";
import { Cid, GroupId, Id, Seq, UserId } from "./ids.ts";

/**
 * `cause`: the position of the fact in its author's mailbox; of what a group tells, that of the entry in its own to which it
 * reacts. It only ever rises from one mailbox to another.
 */
const caused = {
  cause: Seq,
  /**
   * The generation of the stream that the copy is put into, as its teller knew it; absent: 0. Where
   * the entry lies in another one, the copy counts for nobody and comes again in its turn.
   */
  in: z.int().nonnegative().optional(),
};
/** A person or a group tells it. */
const told = { author: Id, ...caused };
/** A group tells it. */
const toldByGroup = { author: GroupId, ...caused };

/** The reasons for which a group refuses what it was asked. */
export const RefusalCode = z.enum([
  "not_found",
  "forbidden",
  "group.busy",
  "group.no_change",
  "group.last_admin",
  "limit.members",
]);
export type RefusalCode = z.infer<typeof RefusalCode>;

/**
 * Copies: what the actor of the author's mailbox told this one (docs/events.md). A receipt's numbers
 * are already held to what its author was sent.
 */
export const Copy = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("MessageSent"),
    author: UserId,
    ...caused,
    to: UserId,
    cid: Cid,
    body: z.string(),
    data: Content.optional(),
    /** The message's number in its author's mailbox: its id is `<author>:<position>`. */
    position: Seq,
    /** The time at which the author's fact was stored, ms since 1970 by the broker's clock. */
    sentAt: z.number(),
  }),
  z.object({
    type: z.literal("MessageDelivered"),
    ...told,
    /** The author of the messages: the owner of the mailbox. */
    peer: UserId,
    /** Watermarks over the peer's positions, or those of the group that tells it; `read` is below `upTo`, absent: 0, none. */
    upTo: Seq,
    read: Seq.optional(),
  }),
  z.object({
    type: z.literal("MessageRead"),
    ...told,
    peer: UserId,
    /** Watermark over the same. Read implies delivered. */
    upTo: Seq,
  }),
  z.object({
    type: z.literal("GroupJoined"),
    ...toldByGroup,
    /** The group's fact that let the user in: the first one that they see. */
    from: Seq,
  }),
  z.object({
    type: z.literal("GroupLeft"),
    ...toldByGroup,
    /** The membership that has ended, by its first fact and its last one. */
    from: Seq,
    upTo: Seq,
    why: z.enum(["left", "removed", "ended", "limit"]),
  }),
  z.object({
    type: z.literal("Refused"),
    ...toldByGroup,
    /** Of the message or the ask that was refused. A second one of the same changes nothing. */
    cid: Cid,
    code: RefusalCode,
    retryAfterMs: z.int().nonnegative().optional(),
  }),
]);
export type Copy = z.infer<typeof Copy>;
