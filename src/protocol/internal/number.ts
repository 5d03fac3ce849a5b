import { GENERATIONS_MAX, positionOf, SEQS } from "../../events/position.ts";

/** Positions are below this. */
export const POSITIONS = positionOf(GENERATIONS_MAX, 0);

/** A whole number below `end`; undefined: it is none. */
export function whole(text: string | undefined, end: number = SEQS): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const read = Number(text);
  return read < end ? read : undefined;
}
