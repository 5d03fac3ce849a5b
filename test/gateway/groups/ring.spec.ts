import { describe, expect, test } from "vitest";
import { Framed, Ring, RingMemory, together } from "../../../src/gateway/groups/ring.ts";

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

  test("[G9] are 64, and know behind which one they begin", () => {
    const ring = new Ring(new RingMemory(), 20);
    for (const fact of facts(21, 80)) ring.push(fact);
    ring.prepend(facts(11, 20), 10, 20);
    expect([behind(ring, 15), behind(ring, 16)]).toEqual([undefined, seqs(17, 80)]);
    expect(behind(ring, 70)).toEqual(seqs(71, 80));
    // It is full.
    ring.prepend(facts(11, 16), 10, 16);
    expect([behind(ring, 15), behind(ring, 16)]).toEqual([undefined, seqs(17, 80)]);
    ring.push(facts(81, 81)[0] as Framed);
    expect([behind(ring, 16), behind(ring, 17)]).toEqual([undefined, seqs(18, 81)]);
  });

  test("[G9] name each the one before it, also where the first was told as behind what had been known", () => {
    const ring = new Ring(new RingMemory(), 20);
    ring.push(new Framed(25, '{"seq":25,"prev":18}', "ann"));
    ring.push(new Framed(26, '{"seq":26,"prev":25}', undefined));
    const texts = (): string[] => ring.behind(0).map(({ text }) => text);
    // Nothing new.
    ring.prepend([], 20, 20);
    ring.prepend([], 10, 19);
    expect([texts()[0], ring.floor]).toEqual(['{"seq":25,"prev":18}', 20]);
    ring.prepend([], 19, 20);
    expect([texts()[0], ring.floor]).toEqual(['{"seq":25,"prev":19}', 19]);
    const older = [12, 15, 17].map((seq) => new Framed(seq, `{"seq":${seq}}`, undefined));
    ring.prepend(older, 10, 20);
    const [last] = ring.behind(25);
    expect(texts()).toEqual([
      '{"seq":12}',
      '{"seq":15}',
      '{"seq":17}',
      '{"seq":25,"prev":17}',
      last?.text,
    ]);
    expect(ring.behind(17)[0]?.ended).toBe("ann");
    expect(last?.text).toBe('{"seq":26,"prev":25}');
  });

  test("are handed out by about so many characters, one at least", () => {
    const ring = new Ring(new RingMemory(), 10);
    for (const fact of facts(11, 19)) ring.push(fact);
    const { length } = facts(11, 11)[0]?.text ?? "";
    const first = (chars: number): number[] => ring.behind(11, chars).map(({ seq }) => seq);
    expect([first(1), first(2 * length), first(2 * length + 1)]).toEqual([
      [12],
      [12, 13],
      [12, 13, 14],
    ]);
    expect(ring.behind(19)).toEqual([]);
    expect(ring.behind(10, 1).map(({ seq }) => seq)).toEqual([11]);
    expect(ring.behind(18, 1).map(({ seq }) => seq)).toEqual([19]);
  });

  test("go out together as one piece", () => {
    const some = facts(1, 3);
    expect(together(some).texts).toEqual(some.map(({ text }) => text));
    expect(together(some).bytes).toEqual(Buffer.concat(some.map(({ bytes }) => bytes)));
    // It is framed once for all, whenever they are told.
    const [alone] = some;
    expect(together(some.slice(0, 1))).toBe(alone);
  });

  test("[O6] are counted in memory as long as they are kept", () => {
    const memory = new RingMemory();
    const [ring, other] = [new Ring(memory, 20), new Ring(memory, 5)];
    const sizeOf = (some: readonly Framed[]): number =>
      some.reduce((sum, { size }) => sum + size, 0);
    for (const fact of facts(21, 70)) ring.push(fact);
    ring.prepend(facts(11, 20), 10, 20);
    for (const fact of facts(71, 80)) ring.push(fact);
    expect([ring.bytes, memory.bytes]).toEqual([sizeOf(facts(17, 80)), ring.bytes]);
    other.prepend([], 3, 5);
    memory.forget(other);
    expect([other.covers(3), memory.bytes]).toEqual([true, ring.bytes]);
    for (let times = 0; times < 2; times++) memory.forget(ring);
    expect([ring.bytes, memory.bytes]).toEqual([0, 0]);
  });

  test("[D3] may take all of the memory that there is, and no more", () => {
    const two = facts(21, 22);
    const memory = new RingMemory(two.reduce((sum, { size }) => sum + size, 0));
    const ring = new Ring(memory, 20);
    for (const fact of two) ring.push(fact);
    expect(behind(ring, 20)).toEqual([21, 22]);
    for (const fact of facts(23, 23)) ring.push(fact);
    expect([behind(ring, 20), behind(ring, 23)]).toEqual([undefined, []]);
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
