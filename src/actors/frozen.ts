import { Peers } from "./peers.ts";
import type { UserState } from "./user.ts";
import type { Conversation } from "../rules/standing.ts";
import type { Term, Stays } from "../rules/stays.ts";

/** The part of a text that a peer takes, about. */
const PEER_CHARS = 64;

/**
 * A user's state as text: a line with all but the peers and groups, then one for each bucket of them. Between two lines it says how many
 * characters come next, about, so that others may have a turn of the loop. The state is never changed in place, so the text is of one moment.
 * @returns undefined where the text would be longer than `charsMax`: no more of it is made than that.
 */
export function* freezing(
  { peers, groups, ...rest }: UserState,
  charsMax: number,
): Generator<number, string | undefined> {
  yield 0;
  const counts = { peers: peers.size, groups: groups.size, buckets: peers.buckets.length };
  const head = JSON.stringify({ ...rest, ...counts });
  const lines = [head];
  let chars = head.length;
  for (const { size, line } of [...bucketsOf(peers, flat), ...bucketsOf(groups, flatGroup)]) {
    yield size * PEER_CHARS;
    const text = line();
    chars += text.length + 1;
    if (chars > charsMax) return undefined;
    lines.push(text);
  }
  return lines.join("\n");
}

/** The buckets, each with how to write it. */
const bucketsOf = <C>(peers: Peers<C>, write: (entry: [string, C]) => unknown) =>
  peers.buckets.map((bucket) => ({
    size: bucket.size,
    line: () => JSON.stringify([...bucket].map(write)),
  }));

/** The state that a text is of; it says before each line how many characters that has. @throws Error where the text is not a whole one. */
export function* thawing(text: string): Generator<number, UserState> {
  const [head = "", ...lines] = text.split("\n");
  yield head.length;
  const { peers: count, groups: groupCount, buckets, ...rest } = JSON.parse(head) as Head;
  const ofPeers: Map<string, Conversation>[] = [];
  const ofGroups: Map<string, Stays>[] = [];
  for (const [i, line] of lines.entries()) {
    yield line.length;
    const read = JSON.parse(line) as unknown[];
    if (i < buckets) ofPeers.push(new Map((read as ReturnType<typeof flat>[]).map(round)));
    else ofGroups.push(new Map((read as ReturnType<typeof flatGroup>[]).map(roundGroup)));
  }
  const [peers, groups] = [Peers.from(ofPeers), Peers.from(ofGroups)];
  if (ofPeers.length === 0 || peers.size !== count)
    throw new Error(`${peers.size} of ${count} peers`);
  if (ofGroups.length === 0 || groups.size !== groupCount)
    throw new Error(`${groups.size} of ${groupCount} groups`);
  const { seq, sessions, ending, signOuts, closed, sends, busyAt } = rest;
  return { seq, sessions, ending, signOuts, closed, sends, peers, groups, busyAt };
}

type Head = Omit<UserState, "peers" | "groups"> & {
  peers: number;
  groups: number;
  buckets: number;
};

const flatGroup = ([id, stays]: [string, Stays]) =>
  [id, ...stays.flatMap(({ from, upTo = 0 }) => [from, upTo])] as const;

function roundGroup([id, ...numbers]: ReturnType<typeof flatGroup>): [string, Stays] {
  const stays: Term[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const [from = 0, upTo = 0] = numbers.slice(i, i + 2);
    stays.push(upTo === 0 ? { from } : { from, upTo });
  }
  return [id, stays];
}

const flat = ([id, { heard, received, sent, mine, theirs }]: [string, Conversation]) =>
  [id, heard, received, sent, mine.delivered, mine.read, theirs.delivered, theirs.read] as const;

function round(fields: ReturnType<typeof flat>): [string, Conversation] {
  const [id, heard, received, sent, delivered, read, theirDelivered, theirRead] = fields;
  const theirs = { delivered: theirDelivered, read: theirRead };
  return [id, { heard, received, sent, mine: { delivered, read }, theirs }];
}
