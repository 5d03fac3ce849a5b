import { expect, test } from "vitest";
import { Framed, Ring, RingMemory } from "../../../src/gateway/groups/ring.ts";

const fact = (seq: number, chars: number): Framed => new Framed(seq, "x".repeat(chars), undefined);

test("[G8] what is kept of all groups together has a limit: the one that was told of nothing for the longest time is forgotten first", () => {
  const memory = new RingMemory();
  const rings = Array.from({ length: 40 }, () => new Ring(memory, 0));
  // A mebibyte of memory in each.
  const whole = 512 * 1024 - 100;
  for (const ring of rings.slice(0, 31)) ring.push(fact(2, whole));
  expect(rings.slice(0, 31).every((ring) => ring.covers(0))).toBe(true);
  rings[0]?.push(fact(3, 1));
  for (const ring of rings.slice(31)) ring.push(fact(2, whole));
  expect(memory.bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
  expect(rings.map((ring) => ring.covers(0))).toEqual(rings.map((_, i) => i === 0 || i > 9));
  // Nobody is served from it as if nothing had been there.
  const [, forgotten] = rings;
  expect([forgotten?.covers(1), forgotten?.covers(2), forgotten?.behind(0)]).toEqual([
    false,
    true,
    [],
  ]);
});
