import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A place in a stack: `file:///…/dist/program/x.js:12:34`. */
const PLACE = /(file:\/\/[^\s()]+\.m?js):(\d+):(\d+)/g;

/** Numbers of a segment: the column in the build, the source, its line and its column there; all from 0. */
const WIDTH = 4;
type Segment = [from: number, source: number, line: number, column: number];
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The source map of a file of the build. */
interface Sources {
  readonly names: readonly string[];
  /** Of each line of the build, where its segments begin; one more, where the last ones end. */
  readonly lines: readonly number[];
  readonly segments: Int32Array;
}

/** A message in front of a stack may name any file, and another one each time. */
const KNOWN_MAX = 256;
/** By file of the build, of which there are some fifty; undefined: it has no map. */
const known = new Map<string, Sources | undefined>();

/** An error with its stack and those of its causes: without them nobody finds the bug. */
export function traced(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = inSources(error.stack ?? `${error.name}: ${error.message}`);
  return error.cause === undefined ? text : `${text}\ncaused by: ${traced(error.cause)}`;
}

/**
 * The stack of an error with the places of the sources in place of those of the build, which has most modules in one file (docs/adr/0067).
 * A map is read when a stack first asks for it, in some 10 ms; Node's own reading of it would hold the loop for 60.
 */
export const inSources = (stack: string): string =>
  stack.replaceAll(PLACE, (place, file: string, line: string, column: string) => {
    if (!known.has(file) && known.size < KNOWN_MAX) known.set(file, sourcesOf(file));
    const sources = known.get(file);
    return (sources && find(sources, file, Number(line) - 1, Number(column) - 1)) ?? place;
  });

function sourcesOf(file: string): Sources | undefined {
  try {
    const text = readFileSync(fileURLToPath(`${file}.map`), "utf8");
    const map = JSON.parse(text) as { sources: string[]; mappings: string };
    return { names: map.sources, ...decoded(map.mappings) };
  } catch {
    // Libraries have no map; and a place of the build is better than an error about an error.
    return undefined;
  }
}

/** A number is digits of base 64, each with five bits of it, the lowest first; the lowest of all is the sign (ECMA-426). */
function decoded(mappings: string): Pick<Sources, "lines" | "segments"> {
  const lines = [0];
  const segments: number[] = [];
  const now = [0, 0, 0, 0, 0];
  let [field, value, shift] = [0, 0, 0];
  for (const sign of `${mappings};`) {
    const digit = DIGITS.indexOf(sign);
    if (digit < 0) {
      if (field >= WIDTH) segments.push(...now.slice(0, WIDTH));
      if (sign === ";") [now[0], lines[lines.length]] = [0, segments.length];
      field = 0;
      continue;
    }
    value += (digit & 31) << shift;
    shift += 5;
    if (digit > 31) continue;
    now[field] = (now[field] ?? 0) + (value & 1 ? -(value >>> 1) : value >>> 1);
    [field, value, shift] = [field + 1, 0, 0];
  }
  return { lines, segments: Int32Array.from(segments) };
}

/** The last segment that begins at or before the column. */
function find(
  { names, lines, segments }: Sources,
  file: string,
  line: number,
  column: number,
): string | undefined {
  const end = lines[line + 1] ?? 0;
  let place: string | undefined;
  for (let at = lines[line] ?? end; at < end; at += WIDTH) {
    const [from, source, ...its] = [...segments.subarray(at, at + WIDTH)] as Segment;
    if (from > column) break;
    place = `${new URL(names[source] ?? "", file).href}:${its[0] + 1}:${its[1] + 1}`;
  }
  return place;
}
