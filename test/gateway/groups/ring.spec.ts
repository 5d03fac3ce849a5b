import { describe, expect, test } from "vitest";
import { Framed, Ring, RingMemory } from "../../../src/gateway/groups/ring.ts";

const facts = (from: number, to: number): Framed[] =>
  Array.from({ length: to - from + 1 }, (_, i) => {
    const seq = from + i;
    return new Framed(seq, `{"t":"event","seq":${seq},"prev":${seq - 1}}`, undefined);
  });

/** The seqs behind `seq`, if the ring says that it has them all. */
const behind = (ring: Ring, seq: number): number[] | undefined =>
  ring.covers(seq) ? ring.behind(seq).map((fact) => fact.seq) : undefined;
const seqs = (from: number, to: number): number[] => facts(from, to).map(({ seq }) => seq);

describe("the last facts of a group", () => {
  test("[G8] go on from those that were read, where these reach as far", () => {
    const ring = new Ring(new RingMemory(), 20);
    for (const fact of facts(21, 40)) ring.push(fact);
    ring.prepend(facts(11, 40), 10, 40);
    expect(behind(ring, 10)).toEqual(seqs(11, 40));
  });

  test("[G9] have no hole, though more have come than are kept while others were read", () => {
    const ring = new Ring(new RingMemory(), 20);
    for (const fact of facts(21, 120)) ring.push(fact);
    ring.prepend(facts(11, 20), 10, 20);
    expect(behind(ring, 10)).toBeUndefined();
    expect(behind(ring, 20)).toBeUndefined();
    expect(behind(ring, 56)).toEqual(seqs(57, 120));
  });

  test("[G9] nor where memory was short meanwhile", () => {
    const memory = new RingMemory();
    const ring = new Ring(memory, 20);
    for (const fact of facts(21, 30)) ring.push(fact);
    memory.forget(ring);
    ring.prepend(facts(11, 20), 10, 20);
    for (const fact of facts(31, 32)) ring.push(fact);
    expect(behind(ring, 10)).toBeUndefined();
    expect(behind(ring, 30)).toEqual([31, 32]);
  });
});

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
