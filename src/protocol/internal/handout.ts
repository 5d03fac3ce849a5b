import * as z from "zod";
import { Id } from "../../events/ids.ts";

/**
 * Words between replicas of the views about a *handout*: a copy of the file of one stream's views that is made for a
 * peer. Never stored. Strict, as everything that comes from another process.
 */

/** Bytes of one part: below the least `max_payload` with which Posthorn runs. */
export const PART_BYTES = 128 * 1024;

/** A question for a handout: for its state, or with `from` for the part that begins there. */
export const HandoutQuestion = z
  .object({ handout: Id, from: z.int().nonnegative().optional() })
  .strict();
export type HandoutQuestion = z.infer<typeof HandoutQuestion>;

/** Where a handout is being made; `busy`: no more of them are made just now. */
export const Offer = z.union([
  z.object({ at: Id }).strict(),
  z.object({ busy: z.literal(true) }).strict(),
]);
export type Offer = z.infer<typeof Offer>;

/** The state of a handout: it is whole, is still being made, or is not there (any more). */
export const HandoutState = z.discriminatedUnion("is", [
  z
    .object({
      is: z.literal("whole"),
      bytes: z.int().positive(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    })
    .strict(),
  z.object({ is: z.literal("making") }).strict(),
  z.object({ is: z.literal("gone") }).strict(),
]);
export type HandoutState = z.infer<typeof HandoutState>;
