import { expect, test } from "vitest";
import { Rounds } from "../../src/gateway/rounds.ts";

/** The members that each of so many visits comes to. */
const visits = <T>(rounds: Rounds<T>, count: number): T[][] =>
  Array.from({ length: count }, () => {
    const seen: T[] = [];
    rounds.visit((member) => seen.push(member));
    return seen;
  });

const numbers = (count: number): Set<number> => new Set(Array.from({ length: count }, (_, n) => n));

test("a round comes to everybody once, and no visit to more than a tenth of them", () => {
  const rounds = new Rounds(numbers(95), 10);
  const first = visits(rounds, 10);
  expect(first.flat()).toEqual([...numbers(95)]);
  expect(Math.max(...first.map(({ length }) => length))).toBe(10);
});

test("a few members are visited in each round, one at a time", () => {
  const rounds = new Rounds(numbers(2), 10);
  expect(visits(rounds, 6)).toEqual([[0], [1], [], [0], [1], []]);
});

test("who comes during a round is visited in it, and who leaves is not", () => {
  const members = numbers(20);
  const rounds = new Rounds(members, 10);
  const seen = visits(rounds, 5).flat();
  members.delete(15);
  members.add(99);
  seen.push(...visits(rounds, 5).flat());
  expect(seen).toEqual([...numbers(20)].filter((n) => n !== 15).concat(99));
});

test("nobody is a round, too", () => {
  expect(visits(new Rounds(new Set(), 10), 3)).toEqual([[], [], []]);
});
