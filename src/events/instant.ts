import { z } from "zod";

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

/** The instant of a header's text: `2026-11-27T17:00:21.44596Z`, which the broker writes without trailing zeros. */
export function instantOfText(text: string): Instant {
  const [whole = "", fraction = ""] = text.replace(/Z$/, "").split(".");
  const seconds = Date.parse(`${whole}Z`) / 1_000;
  if (!Number.isInteger(seconds)) throw new Error("the broker's time cannot be read");
  return `${seconds}`.padStart(SECONDS_DIGITS, "0") + fraction.padEnd(FRACTION_DIGITS, "0");
}

/** The instant of the nanoseconds in the subject of a delivery. */
export const instantOfDigits = (digits: string): Instant => digits.padStart(DIGITS, "0");

/** The instant so much earlier; never before 1970. */
export const earlier = (instant: Instant, ms: number): Instant => {
  const ns = BigInt(instant) - BigInt(ms) * 1_000_000n;
  return ns < 0n ? NEVER : instantOfDigits(`${ns}`);
};

/** An instant in milliseconds since 1970, as an event's frame says it. */
export const msOf = (instant: Instant): number => Number(instant.slice(0, -6));
