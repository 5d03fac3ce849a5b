import { z } from "zod";
import { Content } from "./content.ts";
import { Cid, Seq, UserId } from "./ids.ts";

/** `cause`: the position of the fact in its author's mailbox. It only ever rises from one mailbox to another. */
const told = {
  author: UserId,
  cause: Seq,
  /**
   * The generation of the stream that the copy is put into, as its teller knew it; absent: 0. Where
   * the entry lies in another one, the copy counts for nobody and comes again in its turn.
   */
  in: z.int().nonnegative().optional(),
};

/**
 * Copies: what the actor of the author's mailbox told this one (docs/events.md). A receipt's numbers
 * are already held to what its author was sent.
 */
export const Copy = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("MessageSent"),
    ...told,
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
    /** Watermarks over the peer's positions; `read` is below `upTo`, absent: 0, none. */
    upTo: Seq,
    read: Seq.optional(),
  }),
  z.object({
    type: z.literal("MessageRead"),
    ...told,
    peer: UserId,
    /** Watermark over the peer's positions. Read implies delivered. */
    upTo: Seq,
  }),
]);
export type Copy = z.infer<typeof Copy>;
