import { GROUPS_MAX, STAYS_MAX } from "../../events/limits.ts";
import { ID } from "../../events/messageid.ts";
import { CURSORS_MAX } from "../frames/hello.ts";
import { POSITIONS, whole } from "./number.ts";
import type { GroupRange } from "./routes.ts";

/** The groups that a user is in, and those that a gateway names, of which the ended ranges are told. */
const RANGES_MAX = GROUPS_MAX + CURSORS_MAX * STAYS_MAX;

/** Ranges as one line: `<group> <from> <upTo, 0: it goes on>,…`. */
export const writeRanges = (ranges: readonly GroupRange[]): string =>
  ranges.map(({ group, from, upTo = 0 }) => `${group} ${from} ${upTo}`).join();

/** undefined: the line is none. */
export function readRanges(line: string): GroupRange[] | undefined {
  if (line === "") return [];
  const parts = line.split(",");
  if (parts.length > RANGES_MAX) return undefined;
  const ranges = parts.map(readRange);
  return ranges.every((each) => each !== undefined) ? ranges : undefined;
}

function readRange(part: string): GroupRange | undefined {
  const [group = "", first, last, ...more] = part.split(" ");
  const [from, upTo] = [whole(first, POSITIONS), whole(last, POSITIONS)];
  if (!ID.test(group) || from === undefined || upTo === undefined || more.length > 0)
    return undefined;
  return upTo === 0 ? { group, from } : { group, from, upTo };
}
