import * as z from "zod";
import { Asking } from "./ask.ts";
import { Content } from "./content.ts";
import { Cid, GroupId, Id, Seq, UserId } from "./ids.ts";

/** A device's own word for itself: an audit can say who had what on which device. */
const device = Id;

/**
 * Facts: what the owner of a mailbox did (docs/events.md). The numbers of a receipt are still the
 * device's claim; `rules/watermarks.ts` holds them to what was sent. A stored event may carry fields
 * that this version does not know: they are ignored.
 */
export const Fact = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("MessageSent"),
    author: UserId,
    /** A person or a group. */
    to: Id,
    device,
    cid: Cid,
    /** The cid of the failed send that this one is a retry of; both numbers count as used. */
    replaces: Cid.optional(),
    body: z.string(),
    data: Content.optional(),
    /** Members of the group whom it is meant for. */
    mentions: z.array(UserId).optional(),
    /** The app's own name of the send; no copy has it. */
    key: z.string().optional(),
  }),
  z.object({
    type: z.literal("MessageDelivered"),
    /** The one who received. */
    author: UserId,
    /** The author of the messages. */
    peer: UserId,
    device,
    /** Watermarks over the peer's positions; `read` is below `upTo`, absent: 0, none. */
    upTo: Seq,
    read: Seq.optional(),
  }),
  z.object({
    type: z.literal("MessageRead"),
    author: UserId,
    /** The author of the messages, or the group that they are in: its gateway knows how far that is. */
    peer: Id,
    device,
    /** Watermark over the peer's positions. Read implies delivered. */
    upTo: Seq,
  }),
  z.object({
    type: z.literal("GroupAsked"),
    author: UserId,
    group: GroupId,
    /** Absent, as `cid`: the user's actor asks by itself. */
    device: device.optional(),
    cid: Cid.optional(),
    ask: Asking,
  }),
]);
export type Fact = z.infer<typeof Fact>;
