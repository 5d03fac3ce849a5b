import { newEpoch } from "../firstword.ts";
import { EPOCH_KEY, FORMAT, FORMAT_KEY, RESTORING } from "../topology.ts";
import { CLUSTER_KEY } from "../clustername.ts";
import { DEALT_KEY } from "../streams.ts";

/**
 * The metadata of streams that are put back from a backup. Until all are, they say so instead of a format, so that
 * no Posthorn begins on some of them; and each says the highest generation known, so that nothing is forgotten
 * if the restore is cut off.
 */

type Metadata = Readonly<Record<string, string>>;

/** In the metadata of a stream that is being put back: the highest generation that was known before. */
const ABOVE_KEY = "posthorn-above";

const formatOf = (metadata: Metadata = {}): string => metadata[FORMAT_KEY] ?? "1";

/** The format of the stream is that of this version. */
export const isOfFormat = (metadata?: Metadata): boolean => formatOf(metadata) === FORMAT;

/** Was the stream left behind by a restore that was cut off? */
export const isUnfinished = (metadata?: Metadata): boolean => formatOf(metadata) === RESTORING;

/** The generation above which a restore that was cut off would have begun. */
export const aboveIn = (metadata: Metadata = {}): number => Number(metadata[ABOVE_KEY] ?? 0);

/** Of a stream that is there, and is to be replaced. */
export const doomed = (metadata: Metadata | undefined, above: number): Metadata => ({
  ...metadata,
  [FORMAT_KEY]: RESTORING,
  [ABOVE_KEY]: `${above}`,
});

/** Of a stream that is put back: another epoch than the one in the backup. */
export const unfinished = (metadata: Metadata | undefined, above: number): Metadata => ({
  ...lasting(metadata),
  [FORMAT_KEY]: RESTORING,
  [EPOCH_KEY]: newEpoch(),
  [ABOVE_KEY]: `${above}`,
});

/** Of the same stream when all are there. */
export const finished = (metadata: Metadata = {}): Metadata => ({
  ...lasting(metadata),
  [FORMAT_KEY]: FORMAT,
  [EPOCH_KEY]: epochIn(metadata),
});

export const epochIn = (metadata: Metadata = {}): string => metadata[EPOCH_KEY] ?? "";

/** The words that a stream keeps, however often it is put back. */
const lasting = (metadata: Metadata = {}): Metadata =>
  Object.fromEntries(
    [DEALT_KEY, CLUSTER_KEY].flatMap((key) => {
      const { [key]: word } = metadata;
      return word === undefined ? [] : [[key, word]];
    }),
  );
