import { generationOf, SEQS, seqOf } from "../../events/position.ts";
import type { FollowedGroup } from "../../protocol/frames/group.ts";
import type { Since } from "../../protocol/frames/hello.ts";
import { isTrueOf, standsAt } from "../../rules/claim.ts";
import type { World } from "../ports.ts";
import type { GroupCourse, Seat } from "./groupcourse.ts";
import type { FollowRecord } from "./sessionmember.ts";
import { needsProof, stretchOf } from "./place.ts";
import type { SeqRange } from "./spans.ts";

type Marks = Pick<World, "positionAt" | "epochOf">;

/** The ranges by group. One whose begin or end was taken by a roll-back is followed by nobody: its user's actor asks where that stands. */
export function spansOf({ ranges }: FollowRecord, { positionAt }: Marks): Map<string, SeqRange[]> {
  const spans = new Map<string, SeqRange[]>();
  for (const { group, from, upTo } of ranges) {
    const isThere = (position: number): boolean => positionAt(group, seqOf(position)) === position;
    const seq = seqOf(from);
    const known = spans.get(group) ?? [];
    spans.set(group, known);
    if (!isThere(from) || !isThere(upTo ?? from)) continue;
    known.push(upTo === undefined ? { from: seq } : { from: seq, upTo: seqOf(upTo) });
  }
  return spans;
}

/** Groups of which the actor names a generation of the log that this process does not know yet: nobody follows there until it does. */
export const aheadIn = ({ ranges }: FollowRecord, { positionAt }: Marks): Set<string> =>
  new Set(
    ranges
      .filter(
        ({ group, from, upTo = from }) =>
          generationOf(Math.max(from, upTo)) > generationOf(positionAt(group, SEQS - 1)),
      )
      .map(({ group }) => group),
  );

/** Is the cursor of the log, as far as its marks tell? Nothing is read for it. */
export function isOfLog({ group }: GroupCourse, since: Since, { positionAt }: Marks): boolean {
  const generation = generationOf(positionAt(group, standsAt(since)));
  return since.seq === 0 || isTrueOf(since, { generation, entry: undefined });
}

/** Words of a seat in `follows`, which it stands by from then on. undefined: it may not begin yet. */
export function followedWords(
  seat: Seat,
  { positionAt, epochOf }: Marks,
): FollowedGroup | undefined {
  const { course } = seat;
  const stretch = stretchOf(seat);
  const last = seat.ranges.at(-1);
  if (stretch === undefined || last === undefined || needsProof(seat, stretch)) return undefined;
  seat.isTold = true;
  if (seat.seq < stretch.from) {
    seat.seq = stretch.from - 1;
    seat.proven = stretch.from;
  }
  const head = last.upTo ?? Math.max(last.from, course.cursor.seq);
  seat.isCatchingUp = seat.resync === undefined && seat.seq < head;
  const generation = generationOf(positionAt(course.group, SEQS - 1));
  return {
    mailbox: course.group,
    epoch: epochOf(course.group),
    seq: seat.seq,
    head,
    ...(generation > 0 && { generation }),
  };
}
