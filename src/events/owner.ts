import { z } from "zod";
import { Instant } from "./instant.ts";
import { GENERATIONS_MAX } from "./position.ts";

/** The beginnings of a stream's generations but 0, lowest first. */
export const MarkList = z
  .array(
    z.object({
      generation: z
        .int()
        .min(1)
        .max(GENERATIONS_MAX - 1),
      from: z.int().min(1),
      before: Instant,
    }),
  )
  .max(GENERATIONS_MAX);

/**
 * An event of a stream itself, on its own subject `owner.<k>`. Every entry there, of whatever
 * type, says all that holds from then on, so the last one is enough (docs/events.md).
 */
export const Owner = z.object({
  type: z.enum(["StreamBegan", "RulesRaised", "GenerationBegan", "EndAsked"]),
  /** Names this life of the stream; random, also in the stream's metadata. */
  epoch: z.string().min(1).max(64),
  /** The beginnings of the generations but 0, lowest first. */
  marks: MarkList,
  /** An entry of a type that only newer rules know may follow. */
  rules: z.int().min(1),
  /** The number of times that the slots have been dealt to streams. */
  layout: z.int().min(1),
});
export type Owner = z.infer<typeof Owner>;

/** The rules that this version folds by: raised with each new type of entry. */
export const RULES = 1;
/** The slots are dealt once so far. */
export const LAYOUT = 1;
