import { byWeight } from "../events/rendezvous.ts";
import type { Replica } from "./companions.ts";

/** This process among the others with projections. */
interface Among {
  readonly self: { readonly host: string };
  /** So many processes are to keep each stream, as this one has it; undefined: all. */
  readonly copies: number | undefined;
  readonly others: readonly Replica[];
  /** The streams whose views it keeps. */
  readonly kept: ReadonlySet<string>;
}

/** The streams that a process is to begin, and those that it may let go of. */
interface Change {
  readonly begin: readonly string[];
  readonly drop: readonly string[];
}

/**
 * Says whose views a process is to keep from now on. Each stream has as many keepers as the setting says, the first ones in its
 * own order of the processes (`rendezvous.ts`), so a process that comes or goes moves no other's streams. While processes have different
 * settings the highest counts. A process keeps the rest that it has until each of the keepers has said just now that it is
 * current: of two processes only the one that is later in that order ever relies on the other, so never both let go.
 */
export function change(streams: readonly string[], among: Among): Change {
  const { self, copies, others, kept } = among;
  const wanted = Math.max(...[copies, ...others.map((each) => each.copies)].map(orAll));
  const begin: string[] = [];
  const drop: string[] = [];
  for (const stream of streams) {
    const isServed = kept.has(stream) || others.some((each) => stays(stream, each));
    // The file of one that starts again need not go elsewhere meanwhile, unless nobody else has it.
    const counting = isServed ? others : others.filter(({ leaving }) => !leaving);
    const keepers = byWeight(stream, [self, ...counting]).slice(0, wanted);
    const isKeeper = keepers.includes(self);
    if (isKeeper && !kept.has(stream)) begin.push(stream);
    if (!isKeeper && kept.has(stream) && areCurrent(stream, keepers, others)) drop.push(stream);
  }
  return { begin, drop };
}

const orAll = (copies: number | undefined): number => copies ?? Number.POSITIVE_INFINITY;

const areCurrent = (
  stream: string,
  keepers: readonly { readonly host: string }[],
  others: readonly Replica[],
): boolean =>
  keepers.every(({ host }) => others.some((each) => each.host === host && stays(stream, each)));

/** Is it current, and about to stay? */
export const stays = (stream: string, { isFresh, leaving, current }: Replica): boolean =>
  isFresh && !leaving && current.includes(stream);
