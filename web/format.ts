/** How times, names and texts are shown. Pure; `now` is handed in. */

const LOCALE = "en-GB";
const DAY_MS = 86_400_000;
const clockFormat = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const weekdayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: "long" });
const dateFormat = new Intl.DateTimeFormat(LOCALE, {
  day: "numeric",
  month: "long",
  year: "numeric",
});
const shortFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: "short" });
const graphemes = new Intl.Segmenter(LOCALE);

const EMOJI =
  /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\u200D|\uFE0F|[\u{E0020}-\u{E007F}]|\s)+$/u;
/** At most this many emoji alone are drawn big. */
const BIG_EMOJI_MAX = 3;
/** Enough for three of the longest emoji sequences. */
const BIG_EMOJI_UNITS = 48;

const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

export const clock = (at: number): string => clockFormat.format(at);

export const sameDay = (a: number, b: number): boolean => midnight(a) === midnight(b);

/** "Today", "Yesterday", the weekday within a week, else the date. */
export function dayName(at: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(at)) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return days > 1 && days < 7 ? weekdayFormat.format(at) : dateFormat.format(at);
}

/** For the chat list: the clock today, the day within a week, else a short date. */
export function stamp(at: number, now: number): string {
  if (sameDay(at, now)) return clock(at);
  return now - at < 6 * DAY_MS ? dayName(at, now) : shortFormat.format(at);
}

/** "today at 14:03", "Monday at 9:12". */
export const seenAt = (at: number, now: number): string =>
  `${dayName(at, now).replace(/^(Today|Yesterday)$/, (word) => word.toLowerCase())} at ${clock(at)}`;

/** One or two letters for an avatar: `mary_ann` → `MA`. */
export function initials(name: string): string {
  const words = name.split(/[-_]+/).filter((word) => word !== "");
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => word[0]) : [name[0]];
  return letters.join("").toUpperCase();
}

/** A colour for a name, always the same: degrees of the colour wheel. */
export function hue(name: string): number {
  let sum = 0;
  for (const c of name) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) % 8191;
  return (sum * 47) % 360;
}

/** Is the text nothing but a few emoji? */
export const isBigEmoji = (text: string): boolean =>
  text.length <= BIG_EMOJI_UNITS &&
  EMOJI.test(text) &&
  [...graphemes.segment(text.replace(/\s/g, ""))].length <= BIG_EMOJI_MAX;

/** Does not build an array: the text may be long. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A piece of a message: text, or an http(s) address to link to. */
export type Piece = { readonly text: string; readonly href?: string };

/** Cuts the links out of a text. The shown text is exactly what was written. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"\p{Cf}]+/giu)) {
    const address = addressIn(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: address, href: address });
    from = match.index + address.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** Brackets and quotes that come in pairs, in all scripts; ’ is an apostrophe more often than a quote. */
const OPENING = /[\p{Ps}\p{Pi}]/u;
const CLOSING = /(?!’)[\p{Pe}\p{Pf}]/u;
/** Marks of a sentence, or emoji behind one, that an address may contain, but does not end with. */
const SENTENCE =
  /[-!'*+,.:;?\\^_`{|}~·’´～｜\p{Pd}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\uFE0F]/u;
/** Marks of a sentence in scripts whose marks no address contains, such as 。 or ؟. */
const FOREIGN = /(?![·’\p{ASCII}])\p{Po}/u;

/** As much of `text` as is an address. A mark, bracket or quote of the sentence around it is not. */
function addressIn(text: string): string {
  let open = 0;
  let at = 0;
  let end = 0;
  for (const c of text) {
    if (FOREIGN.test(c)) break;
    if (CLOSING.test(c) && open-- === 0) break;
    if (OPENING.test(c)) open++;
    at += c.length;
    if (open === 0 && !SENTENCE.test(c)) end = at;
  }
  return text.slice(0, end);
}

/** The members of a group, in words. */
export const counted = (members: number): string =>
  members === 1 ? "1 member" : `${members} members`;
