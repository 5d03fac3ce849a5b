import { isText } from "./extras.ts";
import { CODE_POINTS_MAX } from "./frames/send.ts";

/** The rule that the text of a message breaks, by its code (`codes.ts`); undefined: none. */
export function faultOfBody(
  body: unknown,
): "frame.invalid" | "message.empty" | "message.too_large" | "message.malformed" | undefined {
  if (typeof body !== "string") return "frame.invalid";
  if (body === "") return "message.empty";
  if (!codePointsWithin(body, CODE_POINTS_MAX)) return "message.too_large";
  return isText(body) ? undefined : "message.malformed";
}

/** The rule that a line of text breaks, as the name of a group. */
export function faultOfText(
  text: string,
  min: number,
  max: number,
): "frame.invalid" | "message.malformed" | undefined {
  if (text.length < min || !codePointsWithin(text, max)) return "frame.invalid";
  return isText(text) ? undefined : "message.malformed";
}

/** Counts only when it has to: a code point is one or two UTF-16 units. */
function codePointsWithin(text: string, max: number): boolean {
  if (text.length <= max) return true;
  if (text.length > 2 * max) return false;
  let count = 0;
  for (const _ of text) if (++count > max) return false;
  return true;
}
