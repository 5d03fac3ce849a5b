import { generationOf, positionOf, seqOf } from "../../events/position.ts";
import { POSITIONS, whole } from "./number.ts";
import type { GroupRecord } from "./routes.ts";

/** More than any group has. */
const MEMBERS_MAX = 1_000_000;
/** Stands for nobody: no id has it. */
const NOBODY = ".";

/**
 * Records of a group as text of two lines:
 *
 * - `G <position> <prev> <ended, or .> <endedBefore, or 0> <members>` + frame
 * - `T <user>` + empty line
 */
export function writeGroupRecord(record: GroupRecord): string {
  if (record.kind === "typing") return `T ${record.user}\n\n`;
  const { seq, generation = 0, prev, ended = NOBODY, endedBefore = 0, members, frame } = record;
  return `G ${positionOf(generation, seq)} ${prev} ${ended} ${endedBefore} ${members}\n${frame}\n`;
}

/** undefined: the text is none. All numbers are such as a log can have. */
export function readGroupRecord(text: string): GroupRecord | undefined {
  const [line = "", frame = ""] = text.split("\n", 2);
  const [, user] = TYPING.exec(line) ?? [];
  return user === undefined ? readEvent(line, frame) : { kind: "typing", user };
}

function readEvent(line: string, frame: string): GroupRecord | undefined {
  const [, first, second, ended = "", ...numbers] = EVENT.exec(line) ?? [];
  const [position, prev] = [whole(first, POSITIONS), whole(second)];
  if (position === undefined || prev === undefined) return undefined;
  const rest = readEnding(ended, numbers);
  const generation = generationOf(position);
  return (
    rest && {
      kind: "event",
      seq: seqOf(position),
      prev,
      frame,
      ...rest,
      ...(generation > 0 && { generation }),
    }
  );
}

function readEnding(ended: string, [before, count]: readonly string[]) {
  const [endedBefore, members] = [whole(before, POSITIONS), whole(count, MEMBERS_MAX)];
  if (endedBefore === undefined || members === undefined) return undefined;
  return {
    members,
    ...(ended !== NOBODY && { ended }),
    ...(endedBefore > 0 && { endedBefore }),
  };
}

const TYPING = /^T ([A-Za-z0-9_-]{1,64})$/;
const EVENT = /^G (\d+) (\d+) ([A-Za-z0-9_-]{1,64}|\.) (\d+) (\d+)$/;
