import { mailboxBeside, numberOf } from "../subjects.ts";
import type { Replicated } from "./leaders.ts";

/** A replica of a stream that leaves a server. */
export interface ReplicaMove {
  readonly stream: string;
  readonly from: string;
  /** The server that has the fewest streams, of those that do not have this one: the broker takes that, or one that has as few. */
  readonly to: string;
}

/**
 * The next replica to move, so that all servers keep as many streams, and as many of mailboxes, as the others, and the checkpoints of a mailbox
 * stream lie on its servers; undefined: they do, or the broker cannot be brought to it. Where a replica goes is the broker's choice, so each
 * move is chosen by what the one before has led to.
 * @param servers All servers of the broker, those that keep nothing included.
 */
export function nextReplicaMove(
  streams: readonly Replicated[],
  servers: readonly string[],
): ReplicaMove | undefined {
  const movable = streams.filter(({ replicas }) => replicas > 1);
  const places = new Places(movable, servers);
  return evening(movable, places) ?? gathering(movable, places);
}

/** The move that evens out most. Checkpoints count for nothing, since they follow their mailboxes. */
function evening(streams: readonly Replicated[], places: Places): ReplicaMove | undefined {
  const own = streams.filter(({ stream }) => mailboxBeside(stream) === undefined);
  const load = countOf(own);
  const mailboxes = countOf(own.filter(isOfMailbox));
  const moves = own.flatMap((each) => {
    const count = isOfMailbox(each) ? mailboxes : load;
    const [to] = places.next(each).toSorted((a, b) => count(b) - count(a));
    if (to === undefined) return [];
    // A stream that has no replica on the emptier servers yet comes first, so that each is on old and new ones.
    const weight = each.kept.reduce((sum, server) => sum + load(server), 0);
    return each.kept.map((from) => ({
      move: { stream: each.stream, from, to },
      gain: count(from) - count(to),
      weight,
    }));
  });
  const [best] = moves
    .filter(({ gain }) => gain >= 2)
    .toSorted((a, b) => b.gain - a.gain || b.weight - a.weight);
  return best?.move;
}

/**
 * The move of checkpoints that is the likeliest to end beside their mailboxes. Where none can, one from a fuller server to an emptier one, so that the
 * broker chooses otherwise from then on.
 */
function gathering(streams: readonly Replicated[], places: Places): ReplicaMove | undefined {
  const keptAt = new Map(streams.map(({ stream, kept }) => [stream, kept]));
  const moves = streams.flatMap((each) => {
    const beside = keptAt.get(mailboxBeside(each.stream) ?? "");
    const next = places.next(each);
    const wanted = next.filter((server) => beside?.includes(server));
    const to = wanted[0] ?? next[0];
    if (beside === undefined || to === undefined) return [];
    return each.kept
      .filter((server) => !beside.includes(server))
      .map((from) => ({
        move: { stream: each.stream, from, to },
        chance: wanted.length / next.length,
        gain: places.load(from) - places.load(to),
      }));
  });
  const [best] = moves
    .filter(({ chance, gain }) => chance > 0 || gain >= 2)
    .toSorted((a, b) => b.chance - a.chance || b.gain - a.gain);
  return best?.move;
}

/** The servers, as the broker chooses among them. */
class Places {
  readonly #servers: readonly string[];
  /** How many streams each keeps. */
  readonly load: Count;

  constructor(streams: readonly Replicated[], servers: readonly string[]) {
    this.#servers = servers;
    this.load = countOf(streams);
  }

  /** The servers of which one takes the next replica of a stream: those with the fewest streams that do not have it. */
  next({ kept }: Replicated): readonly string[] {
    const free = this.#servers.filter((server) => !kept.includes(server));
    const least = Math.min(...free.map(this.load));
    return free.filter((server) => this.load(server) === least);
  }
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
