import { numberOf } from "../subjects.ts";
import type { Replicated } from "./leaders.ts";

/** A replica of a stream that leaves a server. */
export interface ReplicaMove {
  readonly stream: string;
  readonly from: string;
  /** The server that has the fewest streams, of those that do not have this one: the broker takes that, or one that has as few. */
  readonly to: string;
}

/**
 * The next replica to move, so that all servers keep as many streams, and as many of mailboxes, as the others, with as few moves as that
 * takes; undefined: they do. Where a replica goes is the broker's choice, so each move is chosen by what the one before has led to.
 * @param servers All servers of the broker, those that keep nothing included.
 */
export function nextReplicaMove(
  streams: readonly Replicated[],
  servers: readonly string[],
): ReplicaMove | undefined {
  const movable = streams.filter(({ replicas }) => replicas > 1);
  const load = countOf(movable);
  const [mailboxes, others] = [true, false].map((isMailbox) =>
    countOf(movable.filter((each) => isOfMailbox(each) === isMailbox)),
  ) as [Count, Count];
  const moves = movable.flatMap((each) => {
    const [to] = servers
      .filter((server) => !each.kept.includes(server))
      .toSorted((a, b) => load(a) - load(b));
    if (to === undefined) return [];
    const kind = isOfMailbox(each) ? mailboxes : others;
    // A stream that has no replica on the emptier servers yet comes first, so that each is on old and new ones.
    const weight = each.kept.reduce((sum, server) => sum + load(server), 0);
    return each.kept.map((from) => ({
      move: { stream: each.stream, from, to },
      gain: load(from) - load(to),
      gainOfKind: kind(from) - kind(to),
      weight,
    }));
  });
  const [best] = moves
    .filter(({ gain }) => gain >= 2)
    .toSorted((a, b) => b.gain - a.gain || b.gainOfKind - a.gainOfKind || b.weight - a.weight);
  return best?.move;
}

/** How many of some streams a server keeps. */
type Count = (server: string) => number;

function countOf(streams: readonly Replicated[]): Count {
  const counts = new Map<string, number>();
  for (const { kept } of streams)
    for (const server of kept) counts.set(server, (counts.get(server) ?? 0) + 1);
  return (server) => counts.get(server) ?? 0;
}

const isOfMailbox = ({ stream }: Replicated): boolean => numberOf(stream) !== undefined;

/**
 * Is a stream on as many servers as it is to be, each with all of it? Until it is, none of its replicas may leave its place. Nobody can tell of
 * one that has no leader.
 */
export const isWhole = ({ leader, kept, ready, replicas }: Replicated): boolean =>
  leader !== undefined && kept.length === replicas && ready.length === replicas;
