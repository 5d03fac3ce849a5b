import { fnv1a } from "./ids.ts";

/**
 * The order of those who might have a thing, the same for whoever knows the same names (rendezvous hashing): when one comes or goes, the
 * others stay in their order.
 * @param what the name of the thing, or its number.
 */
export const byWeight = <One extends { readonly host: string }>(
  what: string | number,
  ones: readonly One[],
): One[] =>
  ones
    .map((one) => ({ one, weight: weight(one.host, what) }))
    .toSorted((a, b) => b.weight - a.weight || (a.one.host < b.one.host ? -1 : 1))
    .map(({ one }) => one);

/** A hash of both, mixed so that neighbours differ. */
function weight(host: string, what: string | number): number {
  let hash = fnv1a(`${host}/${what}`);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
