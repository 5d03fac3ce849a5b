import { DEPTH_MAX } from "./envelope.ts";

/** Content that an app adds to a text: a JSON object that nobody but the app opens. */
export type Data = Readonly<Record<string, unknown>>;

/** UTF-8 bytes of the data of a message, as `JSON.stringify` writes what was parsed. */
export const DATA_BYTES_MAX = 4_096;
/** UTF-8 bytes of an app's own name of a send. */
export const KEY_BYTES_MAX = 128;

/** Levels that data may have: the frame around it is one. */
const LEVELS_MAX = DEPTH_MAX - 1;

/** Codes of the rules of data and key (`codes.ts`). */
type Fault = "data.invalid" | "data.malformed" | "data.too_large" | "frame.too_deep";

/** Is it an object of JSON: no list, and not null? */
export const isObject = (value: unknown): value is Data => isNested(value) && !Array.isArray(value);

/** Length of a text in UTF-8. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Is it text, and not half of a surrogate pair? Browsers of before 2023 have no `isWellFormed`. */
export const isText = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** The rule that data breaks, by its code; undefined: none. `data`: as JSON was parsed, so without circles. */
export function faultOfData(data: unknown): Fault | undefined {
  if (!isObject(data)) return "data.invalid";
  return faultOfLevels(data) ?? (isTooLarge(data) ? "data.too_large" : undefined);
}

/** The rule that an app's name of a send breaks, by its code; undefined: none. */
export const faultOfKey = (key: unknown): "key.invalid" | undefined =>
  typeof key === "string" && key !== "" && isText(key) && bytesOf(key) <= KEY_BYTES_MAX
    ? undefined
    : "key.invalid";

/** Level by level, because a walk that calls itself has a stack to fill. */
function faultOfLevels(data: Data): Fault | undefined {
  let level: unknown[] = [data];
  for (let depth = 1; level.length > 0; depth++) {
    const nested = level.filter(isNested);
    if (nested.length > 0 && depth > LEVELS_MAX) return "frame.too_deep";
    const names = nested.flatMap((value) => Object.keys(value));
    if (names.includes("__proto__")) return "data.invalid";
    if (![...names, ...level].every((each) => typeof each !== "string" || isText(each)))
      return "data.malformed";
    level = nested.flatMap((value) => Object.values(value));
  }
  return undefined;
}

/** Is it an object or a list of JSON, and not null? */
export const isNested = (value: unknown): value is Data =>
  typeof value === "object" && value !== null;
const isTooLarge = (data: Data): boolean => bytesOf(JSON.stringify(data)) > DATA_BYTES_MAX;
