import * as z from "zod";
import { Instant } from "./instant.ts";
import { EPOCH_CHARS_MAX } from "./limits.ts";
import { ID } from "./messageid.ts";
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

const Epoch = z.string().min(1).max(EPOCH_CHARS_MAX);

/** A name of a host, or of one start of it: random, and one token of a subject. */
const HostId = z.string().regex(ID);

/**
 * A host that runs actors, in one of its starts. The name outlives the process, as the folder does in which it is kept; the
 * incarnation is new with each start. Another incarnation is another owner (docs/adr/0036).
 */
export const Host = z.object({ host: HostId, incarnation: HostId });
export type Host = z.infer<typeof Host>;

/** Is it the same start of the same host? */
export const isSameStart = (one: Host, other: Host): boolean =>
  one.incarnation === other.incarnation && one.host === other.host;

/**
 * An event of a stream itself, on its own subject `owner.<k>`. Every entry there, of whatever
 * type, says all that holds from then on, so the last one is enough (docs/events.md).
 */
export const Owner = z.object({
  type: z.enum([
    "StreamBegan",
    "RulesRaised",
    "GenerationBegan",
    "EndAsked",
    "PutBack",
    "OwnerClaimed",
    "OwnerLeft",
    "SlotsDealt",
    "SlotsKept",
  ]),
  /** Names this life of the stream; random, also in the stream's metadata. */
  epoch: Epoch,
  /**
   * The epochs before, oldest first: each time that the stream was put back from a backup it got another. Records
   * that were saved in one of them are of this log, as far as their anchors are. Each begins a generation, so there are no more.
   */
  earlier: z.array(Epoch).max(GENERATIONS_MAX),
  /** The beginnings of the generations but 0, lowest first. */
  marks: MarkList,
  /** Entries of the types that these rules know may follow (`since.ts`). */
  rules: z.int().min(1),
  /** The number of the last deal of the slots to streams: higher with each, also with one that was taken back (docs/adr/0046). */
  layout: z.int().min(1),
  /** The host that runs the stream's actors, as the last claim names it; absent: nobody does. */
  owner: Host.exactOptional(),
});
export type Owner = z.infer<typeof Owner>;

/** The first epoch of a stream: the same for what was put back from its backups. */
export const originOf = ({ earlier, epoch }: Pick<Owner, "earlier" | "epoch">): string =>
  earlier[0] ?? epoch;

/** Was this saved of the stream in this life, or in one that it was put back from? */
export const belongsTo = (
  { epoch, earlier }: Pick<Owner, "earlier" | "epoch">,
  saved: { readonly epoch: string },
): boolean => saved.epoch === epoch || earlier.includes(saved.epoch);

/** The layout of streams that are new: their slots are dealt for the first time. */
export const LAYOUT = 1;
