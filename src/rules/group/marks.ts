import type { Tick } from "../../events/tick.ts";
import { advance, type Watermarks } from "../watermarks.ts";

/** A member by the facts of the group, and how far they have received and read. */
export interface PresentMember extends Watermarks {
  /** The position of the fact that let them in. */
  readonly from: number;
}

/** The present members of a group, by its facts. */
export type Everybody = ReadonlyMap<string, PresentMember>;

/** Groups that may become larger have no receipts of members. */
export const RECEIPTS_MAX = 1_024;

/** A member as they come: what lies before their membership holds nobody back. */
export const arrived = (from: number): PresentMember => ({
  from,
  delivered: from - 1,
  read: from - 1,
});

/** The members after a tick, of which only claims of members count, and only up to the group's last fact. Itself, where nothing rises. */
export function ticked(members: Everybody, tick: Tick, head: number): Everybody {
  let next: Map<string, PresentMember> | undefined;
  const claim = (user: string, delivered: number, read: number): void => {
    const known = (next ?? members).get(user);
    if (known === undefined) return;
    const marks = advance(known, { delivered, read }, head);
    if (marks !== known) (next ??= new Map(members)).set(user, { from: known.from, ...marks });
  };
  for (const [upTo, users] of tick.delivered) for (const user of users) claim(user, upTo, 0);
  for (const [upTo, users] of tick.read) for (const user of users) claim(user, upTo, upTo);
  return next ?? members;
}

/** The lowest watermark of all members, whose that is, and the lowest of all others. */
interface Lowest {
  readonly of: string;
  readonly mark: number;
  readonly next: number;
}

/** How far all members have come but one, for any one: found in one walk over all. */
export interface Minima {
  readonly delivered: Lowest;
  readonly read: Lowest;
}

export function minimaOf(members: Everybody): Minima {
  const lowest = (of: keyof Watermarks): Lowest => {
    let [user, mark, next] = ["", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const [id, { [of]: each }] of members)
      if (each < mark) [user, mark, next] = [id, each, mark];
      else if (each < next) next = each;
    return { of: user, mark, next };
  };
  return { delivered: lowest("delivered"), read: lowest("read") };
}

/** How far everybody but `author` has come; infinite where there is nobody else. */
export const othersThan = (author: string, { delivered, read }: Minima): Watermarks => ({
  delivered: delivered.of === author ? delivered.next : delivered.mark,
  read: read.of === author ? read.next : read.mark,
});

/** An author in a group: the last message, and how far they have been told that all others have come. */
export interface AuthorMarks extends Watermarks {
  readonly last: number;
}

/** The author after a message of theirs: where all before it was told, nothing below it is. */
export const wrote = (author: AuthorMarks | undefined, position: number): AuthorMarks => {
  const upTo = (mark: number): number =>
    author === undefined || mark >= author.last ? position - 1 : mark;
  return {
    last: position,
    delivered: upTo(author?.delivered ?? 0),
    read: upTo(author?.read ?? 0),
  };
};

/** The author when all others have come so far: itself, where neither mark moves. */
export function caughtUp(author: AuthorMarks, others: Watermarks): AuthorMarks {
  const { last, delivered, read } = author;
  // The read one is at most the other, so one look tells of both.
  if (read >= last) return author;
  const marks = advance({ delivered, read }, others, last);
  return marks.delivered === delivered && marks.read === read ? author : { last, ...marks };
}
