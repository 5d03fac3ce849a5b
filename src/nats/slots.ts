import { fnv1a } from "../events/ids.ts";
import { SLOTS } from "../events/limits.ts";

/** Slots per first token: half a stream is 16 wildcards, not 512. */
const BLOCK = 32;

/** The slot of an owner: FNV-1a 32 of the id, the same as the server's `partition()`. */
export const slotOf = (owner: string): number => fnv1a(owner) % SLOTS;

const TOKENS = Array.from(
  { length: SLOTS },
  (_, slot) => `${Math.floor(slot / BLOCK)}.${slot % BLOCK}`,
);
/** A slot as a subject names it: `243` → `7.19`. */
export const tokensOf = (slot: number): string => TOKENS[slot] ?? "";

/** The slot that its two tokens name: `7`, `19` → 243. */
export const slotFrom = (block: string, member: string): number =>
  Number(block) * BLOCK + Number(member);

/** The slots of stream `k` when all are dealt to so many streams: neighbours, as even as can be. */
export function dealt(k: number, streams: number): number[] {
  const first = Math.floor((k * SLOTS) / streams);
  const next = Math.floor(((k + 1) * SLOTS) / streams);
  return Array.from({ length: next - first }, (_, i) => first + i);
}

/** Slots as few patterns of two tokens: all 32 of a block are one, all 1,024 are `*.*`. */
export function patternsOf(slots: readonly number[]): string[] {
  if (slots.length === SLOTS) return ["*.*"];
  const blocks = new Map<number, number[]>();
  for (const slot of slots) {
    const block = Math.floor(slot / BLOCK);
    blocks.set(block, [...(blocks.get(block) ?? []), slot]);
  }
  return [...blocks].flatMap(([block, members]) =>
    members.length === BLOCK ? [`${block}.*`] : members.map(tokensOf),
  );
}

/** The slots that a pattern of two tokens names; none when it is no such pattern. */
export function slotsIn(pattern: string): number[] {
  const [block = "", member = "", ...rest] = pattern.split(".");
  if (rest.length > 0) return [];
  return choices(block).flatMap((b) => choices(member).map((m) => b * BLOCK + m));
}

const ALL = Array.from({ length: BLOCK }, (_, i) => i);
function choices(token: string): readonly number[] {
  if (token === "*") return ALL;
  return /^\d+$/.test(token) && Number(token) < BLOCK ? [Number(token)] : [];
}
