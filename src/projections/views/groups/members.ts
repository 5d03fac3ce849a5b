import { arrived } from "../../../rules/group/marks.ts";
import type { Term } from "../../../rules/stays.ts";
import { kind, type Kind, type Reading, type Rows } from "../../store/rows.ts";

/** A member, present or former: is an admin (0 or 1), then the first and the last position of each stay; 0 = it goes on. */
type Member = readonly [isAdmin: number, ...stays: number[]];
const memberKey: Kind<Member> = kind("member");

/** The present members in the order of their coming, four values of each: one row, since a receipt moves many at once. */
type Flat = readonly (string | number)[];
const presentKey: Kind<Flat> = kind("present");

/** A stay that has ended, under the position of the fact that ended it, with what was true then. */
type Gone = readonly [
  user: string,
  from: number,
  delivered: number,
  read: number,
  /** Members that were left. */
  members: number,
];
const goneKey: Kind<Gone> = kind("gone");

/** The kinds of rows here. */
export const MEMBER_KINDS = ["member", "present", "gone"] as const;

/** A present member, and how far they have come. */
export interface PresentRow {
  readonly user: string;
  readonly from: number;
  readonly delivered: number;
  readonly read: number;
}

/** Somebody who was in, until the fact at `upTo`. */
export interface Former extends PresentRow {
  readonly upTo: number;
}

/** The first and the last position of each stay of a user. */
const endsOf = (rows: Reading, group: string, user: string): readonly number[] =>
  rows.get(memberKey(group, user))?.slice(1) ?? [];

/** The stays of a user, oldest first; none: nobody who was ever let in. */
export function staysIn(rows: Reading, group: string, user: string): Term[] {
  const ends = endsOf(rows, group, user);
  return ends.flatMap((from, i) => {
    const upTo = ends[i + 1];
    if (i % 2 > 0) return [];
    return upTo ? { from, upTo } : { from };
  });
}

/** The stay of a user that begins at `from`, without a list of all; undefined: they never had it. */
export function stayFrom(
  rows: Reading,
  group: string,
  user: string,
  from: number,
): Term | undefined {
  const row: readonly number[] = rows.get(memberKey(group, user)) ?? [];
  for (let i = row.length - 2; i > 0; i -= 2) {
    const upTo = row[i + 1];
    if (row[i] === from) return upTo ? { from, upTo } : { from };
  }
  return undefined;
}

/** The position from which on the user is a member; undefined: they are not in. */
export function sinceOf(rows: Reading, group: string, user: string): number | undefined {
  const row = rows.get(memberKey(group, user));
  return row?.at(-1) === 0 ? row.at(-2) : undefined;
}

/** Is a member an admin? Of one who has left it says nothing. */
export const isAdmin = (rows: Reading, group: string, user: string): boolean =>
  rows.get(memberKey(group, user))?.[0] === 1;

/** The members that were left at the end of a stay. */
export const leftAt = (rows: Reading, group: string, upTo: number): number =>
  rows.get(goneKey(group, upTo))?.[4] ?? 0;

const PER_MEMBER = 4;

export const countOf = (rows: Reading, group: string): number =>
  (rows.get(presentKey(group))?.length ?? 0) / PER_MEMBER;

/** The present members in the order of their coming. */
export function presentOf(rows: Reading, group: string): PresentRow[] {
  const flat = rows.get(presentKey(group)) ?? [];
  const all: PresentRow[] = [];
  for (let i = 0; i < flat.length; i += PER_MEMBER) {
    const [user, from, delivered, read] = flat.slice(i, i + PER_MEMBER) as [
      string,
      number,
      number,
      number,
    ];
    all.push({ user, from, delivered, read });
  }
  return all;
}

/** Those whose stay has ended at `place` or behind it, and had begun by then: `max` ends are looked at. */
export function formerAt(rows: Reading, group: string, place: number, max: number): Former[] {
  const all: Former[] = [];
  let looked = 0;
  for (const [upTo, [user, from, delivered, read]] of rows.range(goneKey(group), { from: place })) {
    if (++looked > max) break;
    if (from <= place) all.push({ user, from, delivered, read, upTo });
  }
  return all;
}

const flatOf = ({ user, from, delivered, read }: PresentRow) => [user, from, delivered, read];

export const keepPresent = (rows: Rows, group: string, present: readonly PresentRow[]): void =>
  rows.put(presentKey(group), present.flatMap(flatOf));

/** The fact at `from` has let users in. */
export function letIn(rows: Rows, group: string, users: readonly string[], from: number): void {
  const fresh = users.filter((user) => sinceOf(rows, group, user) === undefined);
  if (fresh.length === 0) return;
  for (const user of fresh) {
    rows.put(memberKey(group, user), [0, ...endsOf(rows, group, user), from, 0]);
  }
  const coming = fresh.flatMap((user) => flatOf({ user, ...arrived(from) }));
  rows.put(presentKey(group), [...(rows.get(presentKey(group)) ?? []), ...coming]);
}

/** The fact at `upTo` has let a user out. */
export function letOut(rows: Rows, group: string, user: string, upTo: number): void {
  const present = presentOf(rows, group);
  const gone = present.find((member) => member.user === user);
  if (gone === undefined) return;
  keepPresent(
    rows,
    group,
    present.filter((member) => member !== gone),
  );
  const { from, delivered, read } = gone;
  rows.put(goneKey(group, upTo), [user, from, delivered, read, present.length - 1]);
  rows.put(memberKey(group, user), [0, ...endsOf(rows, group, user).slice(0, -1), upTo]);
}

export function setAdmin(rows: Rows, group: string, user: string, admin: boolean): void {
  const ends = endsOf(rows, group, user);
  if (ends.length > 0) rows.put(memberKey(group, user), [admin ? 1 : 0, ...ends]);
}
