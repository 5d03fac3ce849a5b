import { numberOf, checkpointStream } from "../subjects.ts";

/** A stream and the servers that keep it. */
export interface Replicated {
  readonly stream: string;
  /** The server that leads it; undefined: none does just now. */
  readonly leader: string | undefined;
  /** Servers that may lead it: they have all of it. The leader is one of them. */
  readonly ready: readonly string[];
  /** Servers that are to have it, whether they have all of it yet or not. */
  readonly kept: readonly string[];
  /** On so many servers it is to be. */
  readonly replicas: number;
}

/** A leader that goes to another server. */
export interface LeaderMove {
  readonly stream: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The moves after which no server leads more of the mailbox streams than its share, and as few as that takes; the checkpoints of a stream are
 * led beside it, since each of its copies waits for both. All others are spread over those who have the least.
 * A stream that nobody leads, or that nobody else may, stays.
 */
export function leaderMoves(streams: readonly Replicated[]): LeaderMove[] {
  const mailboxes = streams.filter(({ stream }) => numberOf(stream) !== undefined);
  const beside = new Map<string, string>();
  const servers = [...new Set(streams.flatMap(({ ready }) => ready))].toSorted();
  const moves = spread(mailboxes, servers);
  for (const { stream, leader } of mailboxes) {
    const to = moves.find((move) => move.stream === stream)?.to ?? leader;
    if (to !== undefined) beside.set(checkpointStream(numberOf(stream) ?? 0), to);
  }
  const others = streams.filter((each) => !mailboxes.includes(each) && !beside.has(each.stream));
  return [
    ...moves,
    ...streams.flatMap((each) => moveTo(each, beside.get(each.stream))),
    ...spread(others, servers),
  ];
}

const moveTo = ({ stream, leader, ready }: Replicated, to: string | undefined): LeaderMove[] =>
  to === undefined || leader === undefined || leader === to || !ready.includes(to)
    ? []
    : [{ stream, from: leader, to }];

/** Evens out who leads these: from whoever has the most to whoever has the least, while they differ by two or more. */
function spread(streams: readonly Replicated[], servers: readonly string[]): LeaderMove[] {
  const led = new Map(servers.map((server) => [server, 0]));
  const now = new Map<string, string>();
  for (const { stream, leader } of streams)
    if (leader !== undefined) {
      now.set(stream, leader);
      led.set(leader, (led.get(leader) ?? 0) + 1);
    }
  const best = (): LeaderMove | undefined => {
    const all = streams.flatMap(({ stream, ready }) => {
      const from = now.get(stream);
      if (from === undefined) return [];
      return ready.map((to) => ({
        stream,
        from,
        to,
        gain: (led.get(from) ?? 0) - (led.get(to) ?? 0),
      }));
    });
    return all.filter(({ gain }) => gain >= 2).toSorted((a, b) => b.gain - a.gain)[0];
  };
  for (let move = best(); move !== undefined; move = best()) {
    now.set(move.stream, move.to);
    led.set(move.from, (led.get(move.from) ?? 0) - 1);
    led.set(move.to, (led.get(move.to) ?? 0) + 1);
  }
  return streams.flatMap(({ stream, leader }) => {
    const to = now.get(stream);
    return leader === undefined || to === undefined || to === leader
      ? []
      : [{ stream, from: leader, to }];
  });
}
