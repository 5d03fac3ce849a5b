import * as z from "zod";
import { Id, Seq, UserId } from "./ids.ts";

/** Users by the position of the group up to which they have come. */
const Marks = z.array(z.tuple([Seq, z.array(UserId)]));

/** Receipts of a group that a gateway has gathered of its own users. They are claims, which the group holds to its last fact. */
export const Tick = z.object({
  type: z.literal("ReceiptsGathered"),
  gateway: Id,
  /** As of a copy: the generation of the group's stream, as the gateway knew it; absent: 0. */
  in: z.int().nonnegative().optional(),
  delivered: Marks,
  /** Read implies delivered. */
  read: Marks,
});
export type Tick = z.infer<typeof Tick>;
