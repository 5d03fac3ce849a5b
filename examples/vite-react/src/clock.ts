const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });

/** A time as people read it: `14:03`. `at`: ms since 1970. */
export const clock = (at: number): string => clockFormat.format(at);
/** A day as people read it: `28 November`. */
export const day = (at: number): string => dayFormat.format(at);
