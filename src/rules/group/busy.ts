import type { Mail } from "../../events/event.ts";

/** Messages that are stored so soon behind a refusal may have been sent before their author's devices had heard of it. */
export const BUSY_WORD_MS = 1_000;

/**
 * The last word of the group that the author of a message has heard: none, where one that it is busy may have met it on the way. A
 * word of much later than the message was heard before the log's clock was set back.
 */
export const heardBy = (at: number, busyAt: number, heard: number): number =>
  Math.abs(at - busyAt) < BUSY_WORD_MS ? 0 : heard;

/** The time of the last word that a group is busy. */
export const busyBy = (before: number, { event, at }: Mail): number =>
  event.type === "Refused" && event.code === "group.busy" ? at : before;
