import { SLOTS } from "../../events/limits.ts";
import { ID } from "../../events/messageid.ts";
import { generationOf, positionOf, seqOf } from "../../events/position.ts";
import { POSITIONS, whole } from "./number.ts";
import { readRanges, writeRanges } from "./ranges.ts";
import { ELSEWHERE, type Moved, type Parcel, type Routed, type RouteRecord } from "./routes.ts";

/**
 * Parcels as text. Each part is two lines; JSON text holds no line break, so a frame is one.
 *
 * - `R <host> <n>` + empty line: the parcel begins
 * - `B <host> <n>` + `<k> <claim> <upTo>,…`: the parcel is a beat; the claim is a position
 * - `E <position> <prev> <sessions>` + frame
 * - `H <seq> <sessions>` + empty line
 * - `S <sessions>` + frame
 * - `C <close> <sessions>` + empty line
 * - `F <seq> <asked: 0 or 1> <sessions>` + `<group> <from> <upTo, 0: none>,…`
 *
 * Behind a beat `M <seq> <group>` + empty line for each group that has moved.
 */
export function writeBegin(host: string, n: number): string {
  return `R ${host} ${n}\n\n`;
}

export function writeBeat(
  host: string,
  n: number,
  beat: readonly Routed[],
  moved: readonly Moved[] = [],
): string {
  const streams = beat.map(({ k, claim, upTo }) => `${k} ${claim} ${upTo}`).join();
  const groups = moved.map(({ group, seq }) => `M ${seq} ${group}\n\n`).join("");
  return `B ${host} ${n}\n${streams}\n${groups}`;
}

export function writeRecord(record: RouteRecord): string {
  const sessions = record.sessions.join(",");
  switch (record.kind) {
    case "event":
      return `E ${positionOf(record.generation ?? 0, record.seq)} ${record.prev} ${sessions}\n${record.frame}\n`;
    case "head":
      return `H ${record.seq} ${sessions}\n\n`;
    case "signal":
      return `S ${sessions}\n${record.frame}\n`;
    case "closed":
      return `C ${record.close} ${sessions}\n\n`;
    case "follow":
      return `F ${record.seq} ${record.asked ? 1 : 0} ${sessions}\n${writeRanges(record.ranges)}\n`;
  }
}

/**
 * Reads a parcel; undefined: the text is none. A record that is none is left out, and `unreadable` called for it when the
 * records are gone through. All numbers are such as a log can have.
 */
export function readParcel(text: string, unreadable: () => void): Parcel | undefined {
  const lines = text.split("\n");
  const [, kind, host = "", number] = BEGIN.exec(lines[0] ?? "") ?? [];
  const n = whole(number, Number.MAX_SAFE_INTEGER);
  if (n === undefined || !ID.test(host)) return undefined;
  if (kind === "R") return { host, n, records: readRecords(lines, unreadable) };
  const beat = readStreams(lines[1] ?? "");
  return beat && { host, n, records: [], beat, moved: readMoved(lines, unreadable) };
}

/** The groups that have moved, behind the first part of a beat. */
function readMoved(lines: readonly string[], unreadable: () => void): Moved[] {
  const moved: Moved[] = [];
  for (let i = 2; i + 1 < lines.length; i += 2) {
    const [, seq, group = ""] = /^M (\d+) (\S+)$/.exec(lines[i] ?? "") ?? [];
    const read = whole(seq);
    if (read === undefined || !ID.test(group)) unreadable();
    else moved.push({ group, seq: read });
  }
  return moved;
}

/** The first line of a parcel. */
const BEGIN = /^([RB]) (\S+) ([1-9]\d*)$/;

/** The streams of a beat; undefined: it is none. */
function readStreams(line: string): Routed[] | undefined {
  if (line === "") return [];
  const parts = line.split(",");
  if (parts.length > SLOTS) return undefined;
  const streams = parts.flatMap((part): Routed[] => {
    const [k, claim, upTo, ...more] = part.split(" ");
    const read = [whole(k, SLOTS), whole(claim, POSITIONS), whole(upTo)] as const;
    if (read[0] === undefined || read[1] === undefined || read[2] === undefined) return [];
    return more.length > 0 ? [] : [{ k: read[0], claim: read[1], upTo: read[2] }];
  });
  return streams.length === parts.length ? streams : undefined;
}

/** The records behind the first part. */
function* readRecords(lines: readonly string[], unreadable: () => void): Generator<RouteRecord> {
  for (let i = 2; i + 1 < lines.length; i += 2) {
    const record = readRecord(lines[i] ?? "", lines[i + 1] ?? "");
    if (record === undefined) unreadable();
    else yield record;
  }
}

function readRecord(line: string, frame: string): RouteRecord | undefined {
  const [kind, ...rest] = line.split(" ");
  const sessions = (rest.at(-1) ?? "").split(",");
  switch (kind) {
    case "E": {
      const [position, prev] = [whole(rest[0], POSITIONS), whole(rest[1])];
      if (position === undefined || prev === undefined) return undefined;
      const generation = generationOf(position);
      const event = { kind: "event", sessions, seq: seqOf(position), prev, frame } as const;
      return generation === 0 ? event : { ...event, generation };
    }
    case "H": {
      const seq = whole(rest[0]);
      return seq === undefined ? undefined : { kind: "head", sessions, seq };
    }
    case "S":
      return { kind: "signal", sessions, frame };
    case "C": {
      const close = ELSEWHERE.find((each) => each === rest[0]);
      return close && { kind: "closed", sessions, close };
    }
    case "F":
      return readFollow(rest, sessions, frame);
    default:
      return undefined;
  }
}

function readFollow(
  [first, asked]: readonly string[],
  sessions: readonly string[],
  line: string,
): RouteRecord | undefined {
  const [seq, ranges] = [whole(first), readRanges(line)];
  if (seq === undefined || ranges === undefined) return undefined;
  const follow = { kind: "follow", sessions, seq, ranges } as const;
  return asked === "1" ? { ...follow, asked: true } : follow;
}
