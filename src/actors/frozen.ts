import { Peers } from "./peers.ts";
import type { UserState } from "./user.ts";
import type { Conversation } from "../rules/standing.ts";

/** The part of a text that a peer takes, about. */
const PEER_CHARS = 64;

/**
 * A state as text: a line with all but the peers, then one for each bucket of them. Between two lines it says how many
 * characters come next, about, so that others may have a turn of the loop. The state is never changed in place, so the text is of one moment.
 * @returns undefined where the text would be longer than `charsMax`: no more of it is made than that.
 */
export function* freezing(
  { peers, ...rest }: UserState,
  charsMax: number,
): Generator<number, string | undefined> {
  yield 0;
  const lines = [JSON.stringify({ ...rest, peers: peers.size })];
  let chars = lines[0]?.length ?? 0;
  for (const bucket of peers.buckets) {
    yield bucket.size * PEER_CHARS;
    const line = JSON.stringify([...bucket].map(flat));
    chars += line.length + 1;
    if (chars > charsMax) return undefined;
    lines.push(line);
  }
  return lines.join("\n");
}

/** The state that a text is of; it says before each line how many characters that has. @throws Error where the text is not a whole one. */
export function* thawing(text: string): Generator<number, UserState> {
  const [head = "", ...lines] = text.split("\n");
  yield head.length;
  const { peers: count, ...rest } = JSON.parse(head) as Omit<UserState, "peers"> & {
    peers: number;
  };
  const buckets: Map<string, Conversation>[] = [];
  for (const line of lines) {
    yield line.length;
    buckets.push(new Map((JSON.parse(line) as ReturnType<typeof flat>[]).map(round)));
  }
  const peers = Peers.from(buckets);
  if (buckets.length === 0 || peers.size !== count)
    throw new Error(`${peers.size} of ${count} peers`);
  const { seq, sessions, ending, signOuts, closed, sends } = rest;
  return { seq, sessions, ending, signOuts, closed, sends, peers };
}

const flat = ([id, { heard, received, sent, mine, theirs }]: [string, Conversation]) =>
  [id, heard, received, sent, mine.delivered, mine.read, theirs.delivered, theirs.read] as const;

function round(fields: ReturnType<typeof flat>): [string, Conversation] {
  const [id, heard, received, sent, delivered, read, theirDelivered, theirRead] = fields;
  const theirs = { delivered: theirDelivered, read: theirRead };
  return [id, { heard, received, sent, mine: { delivered, read }, theirs }];
}
