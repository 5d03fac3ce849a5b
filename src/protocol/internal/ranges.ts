import { ID } from "../../events/messageid.ts";
import { POSITIONS, whole } from "./number.ts";
import type { GroupRange } from "./routes.ts";

/** A user is in 500 groups at most, and a gateway names 512 of which the ended ranges are told, 64 each. */
const RANGES_MAX = 500 + 512 * 64;

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
