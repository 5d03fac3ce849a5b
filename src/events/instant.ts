import * as z from "zod";

/**
 * When the broker stored an entry: nanoseconds since 1970 as 19 digits, so that the order of texts is
 * that of times. A number would not hold it exactly.
 */
export const Instant = z.string().regex(/^\d{19}$/, "instant.invalid");
export type Instant = z.infer<typeof Instant>;

const SECONDS_DIGITS = 10;
const FRACTION_DIGITS = 9;
const DIGITS = SECONDS_DIGITS + FRACTION_DIGITS;

/** The instant before every entry. */
export const NEVER: Instant = "0".repeat(DIGITS);

const TEXT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
/** Where the fraction begins in a text that has one. */
const FRACTION_AT = "2026-11-27T17:00:21.".length;

/**
 * The instant of a header's text: `2026-11-27T17:00:21.44596Z`, which the broker writes without trailing
 * zeros. By position, without an object: each entry that is read from the log has one.
 * @throws Error when it is no such text.
 */
export function instantOfText(text: string): Instant {
  if (!TEXT.test(text)) throw new Error("the broker's time cannot be read");
  const seconds =
    Date.UTC(
      pair(text, 0) * 100 + pair(text, 2),
      pair(text, 5) - 1,
      pair(text, 8),
      pair(text, 11),
      pair(text, 14),
      pair(text, 17),
    ) / 1_000;
  const fraction = text.slice(FRACTION_AT, -1);
  return `${seconds}`.padStart(SECONDS_DIGITS, "0") + fraction.padEnd(FRACTION_DIGITS, "0");
}

/** The number of two digits at an index. */
const pair = (text: string, at: number): number =>
  (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
const ZERO = "0".charCodeAt(0);

/** The instant of the nanoseconds in the subject of a delivery. */
export const instantOfDigits = (digits: string): Instant => digits.padStart(DIGITS, "0");

/** The instant so much earlier; never before 1970. */
export const earlier = (instant: Instant, ms: number): Instant => {
  const ns = BigInt(instant) - BigInt(ms) * 1_000_000n;
  return ns < 0n ? NEVER : instantOfDigits(`${ns}`);
};

/** An instant in milliseconds since 1970, as an event's frame says it. */
export const msOf = (instant: Instant): number => Number(instant.slice(0, -6));
