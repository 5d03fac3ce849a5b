import type { ChatPlace } from "./frames/chats.ts";

/** The order of the list of chats: the newest first, and of several of one time by `peer`. */
export const byTime = (a: ChatPlace, b: ChatPlace): number =>
  b.at - a.at || (a.peer < b.peer ? -1 : Number(a.peer > b.peer));

/** Does a row stand behind this place? All do, where there is none. */
export const isBehind = (row: ChatPlace, before: ChatPlace | undefined): boolean =>
  before === undefined || byTime(before, row) < 0;
