import type { AuthorMarks, PresentMember } from "../../rules/group/marks.ts";
import { Peers } from "../peers.ts";
import type { GroupState, Membership, Person } from "./groupstate.ts";

/** The part of a text that a person takes, about. */
const PERSON_CHARS = 64;

/**
 * A group's state as text: a line with all but its lists, then the lists. As of a user's (`frozen.ts` beside this folder), it says before
 * each line how many characters come next, about, and the state is never changed in place.
 * @returns undefined where the text would be longer than `charsMax`.
 */
export function* freezingGroup(
  { members, present, people, authors, ...rest }: GroupState,
  charsMax: number,
): Generator<number, string | undefined> {
  yield members.size * 2 * PERSON_CHARS;
  const buckets = people.buckets.length;
  const lines = [
    JSON.stringify({ ...rest, buckets, sizes: [people.size, authors.size] }),
    JSON.stringify([...members].map(flatMember)),
    JSON.stringify([...present].map(flatPresent)),
  ];
  let chars = lines.reduce((sum, { length }) => sum + length + 1, 0);
  const rows = [
    ...people.buckets.map((bucket) => () => [...bucket].map(flatPerson)),
    ...authors.buckets.map((bucket) => () => [...bucket].map(flatAuthor)),
  ];
  for (const write of rows) {
    if (chars > charsMax) return undefined;
    const line = JSON.stringify(write());
    yield line.length;
    chars += line.length + 1;
    lines.push(line);
  }
  return chars > charsMax ? undefined : lines.join("\n");
}

/** The state that a text is of; it says before each line how many characters that has. @throws Error where the text is not a whole one. */
export function* thawingGroup(text: string): Generator<number, GroupState> {
  const [head = "", membersLine = "", presentLine = "", ...lines] = text.split("\n");
  yield head.length + membersLine.length + presentLine.length;
  const { buckets, sizes, ...rest } = JSON.parse(head) as Head;
  const members = new Map((JSON.parse(membersLine) as FlatMember[]).map(roundMember));
  const present = new Map((JSON.parse(presentLine) as FlatPresent[]).map(roundPresent));
  const ofPeople: Map<string, Person>[] = [];
  const ofAuthors: Map<string, AuthorMarks>[] = [];
  for (const [i, line] of lines.entries()) {
    yield line.length;
    const read: unknown = JSON.parse(line);
    if (i < buckets) ofPeople.push(new Map((read as FlatPerson[]).map(roundPerson)));
    else ofAuthors.push(new Map((read as FlatAuthor[]).map(roundAuthor)));
  }
  const [people, authors] = [Peers.from(ofPeople), Peers.from(ofAuthors)];
  if (people.size !== sizes[0] || authors.size !== sizes[1] || ofAuthors.length === 0)
    throw new Error(`${people.size} of ${sizes[0]} people, ${authors.size} of ${sizes[1]} authors`);
  const { seq, head: last, lastEnded, charter, clock, owed } = rest;
  return {
    seq,
    head: last,
    lastEnded,
    charter,
    members,
    people,
    clock,
    owed,
    present,
    authors,
  };
}

type Head = Pick<GroupState, "seq" | "head" | "lastEnded" | "charter" | "clock" | "owed"> & {
  readonly buckets: number;
  readonly sizes: readonly [people: number, authors: number];
};

type FlatMember = ReturnType<typeof flatMember>;
const flatMember = ([id, { admin, of, from }]: [string, Membership]) =>
  [id, admin, of, from] as const;
const roundMember = ([id, admin, of, from]: FlatMember): [string, Membership] => [
  id,
  { admin, of, from },
];

type FlatPresent = ReturnType<typeof flatPresent>;
const flatPresent = ([id, { from, delivered, read }]: [string, PresentMember]) =>
  [id, from, delivered, read] as const;
const roundPresent = ([id, from, delivered, read]: FlatPresent): [string, PresentMember] => [
  id,
  { from, delivered, read },
];

type FlatPerson = ReturnType<typeof flatPerson>;
const flatPerson = ([id, { heard, busy, removed, from, upTo }]: [string, Person]) =>
  [id, heard, busy, removed, from, upTo] as const;
const roundPerson = ([id, heard, busy, removed, from, upTo]: FlatPerson): [string, Person] => [
  id,
  { heard, busy, removed, from, upTo },
];

type FlatAuthor = ReturnType<typeof flatAuthor>;
const flatAuthor = ([id, { last, delivered, read }]: [string, AuthorMarks]) =>
  [id, last, delivered, read] as const;
const roundAuthor = ([id, last, delivered, read]: FlatAuthor): [string, AuthorMarks] => [
  id,
  { last, delivered, read },
];
