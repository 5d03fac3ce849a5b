import * as z from "zod";
import { patternsOf, slotsIn } from "../slots.ts";
import { DEALT_KEY } from "../streams.ts";
import { FORMAT, FORMAT_KEY, SPLITTING } from "../topology.ts";
import { refined, type Portion } from "./deal.ts";

/** The metadata of the first mailbox stream while a split runs: by it Posthorn does not start, and any process can go on. */

type Metadata = Readonly<Record<string, string>>;

const SPLIT_KEY = "posthorn-split";

/** A split that has begun. */
export const Running = z.object({
  /** The number of mailbox streams behind it. */
  into: z.int().min(2),
  /** The number of the layout that it makes, or that of going back. */
  layout: z.int().min(2),
  /** On its way there; at the end of it, where nothing goes back any more; on its way back. */
  stage: z.enum(["there", "purge", "back"]),
  /** The slots of each stream before, as patterns of two tokens. */
  held: z.array(z.array(z.string())),
});
export type Running = z.infer<typeof Running>;

/** The split that the metadata tells of; undefined: none runs. @throws Error when it cannot be read. */
export function runningIn(metadata: Metadata = {}): Running | undefined {
  const text = metadata[SPLIT_KEY];
  return text === undefined ? undefined : Running.parse(JSON.parse(text));
}

/** A split of streams with these slots. */
export const runningOf = (
  held: readonly (readonly number[])[],
  into: number,
  layout: number,
): Running => ({ into, layout, stage: "there", held: held.map(patternsOf) });

/** The shares of all streams, in the order of their numbers. */
export const sharesOf = ({ held, into }: Running): Portion[] => refined(held.map(slotsOfAll), into);

/** The slots that stream `k` held before. */
export const heldBy = ({ held }: Running, k: number): number[] => slotsOfAll(held[k] ?? []);

const slotsOfAll = (patterns: readonly string[]): number[] => patterns.flatMap(slotsIn);

/** Of the first stream, as long as the split runs. */
export const announced = (metadata: Metadata | undefined, running: Running): Metadata => ({
  ...metadata,
  [FORMAT_KEY]: SPLITTING,
  [SPLIT_KEY]: JSON.stringify(running),
});

/** Of any stream behind a split into so many, or of one that was taken back. */
export function settled(metadata: Metadata = {}, dealt: number): Metadata {
  const { [SPLIT_KEY]: _over, ...rest } = metadata;
  return { ...rest, [FORMAT_KEY]: FORMAT, [DEALT_KEY]: `${dealt}` };
}
