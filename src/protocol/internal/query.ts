import { z } from "zod";
import { Id, MessageId, Seq, UserId } from "../../events/ids.ts";

/** What the projections are asked. `owner` is the authenticated user; the gateway stamps it. */
export const Query = z.discriminatedUnion("view", [
  z.object({
    view: z.literal("chats"),
    owner: UserId,
    limit: z.int().min(1).max(200),
    before: Seq.optional(),
    atLeast: Seq,
  }),
  z.object({
    view: z.literal("history"),
    owner: UserId,
    peer: UserId,
    before: Seq.optional(),
    after: Seq.optional(),
    limit: z.int().min(1).max(100),
    atLeast: Seq,
  }),
  z.object({ view: z.literal("status"), owner: UserId, id: MessageId, atLeast: Seq }),
  z.object({
    view: z.literal("lastseen"),
    owner: UserId,
    users: z.array(Id).min(1).max(100),
    atLeast: Seq,
  }),
]);
export type Query = z.infer<typeof Query>;

/** What a projection replies: JSON text of one of the answers, and the seq of the asker's stream it is true for. */
export type ViewReply =
  | { seq: number; result: unknown }
  | { error: "not_found" | "view.behind" | "internal" };
