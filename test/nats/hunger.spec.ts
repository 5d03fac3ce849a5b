import { describe, expect, test } from "vitest";
import { FED, hungerAfter, type Hunger, type Fare } from "../../src/nats/read/hunger.ts";

const WAITING = { isWaiting: true, isDry: true };

/** Looks at a reader, and whether it moved behind each of them. */
function looks(...all: Partial<Fare>[]): boolean[] {
  let hunger: Hunger = FED;
  return all.map((look) => {
    const [next, moves] = hungerAfter(hunger, { end: undefined, seq: 0, ...WAITING, ...look });
    hunger = next;
    return moves;
  });
}

describe("[N7] a reader", () => {
  test("moves where its replica has not brought at one look what was the end at the one before", () => {
    expect(looks({ end: 5, seq: 5 }, { end: 7, seq: 5 }, { end: 7, seq: 5 })).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("moves from a replica that brings something, and is behind all the same", () => {
    expect(looks({ end: 50, seq: 5 }, { end: 90, seq: 30 })).toEqual([false, true]);
  });

  test("stays where more is on its way, where it has enough in hand, and where it has come to that end", () => {
    expect(looks({ end: 50, seq: 5 }, { end: 90, seq: 30, isDry: false })).toEqual([false, false]);
    expect(looks({ end: 50, seq: 5 }, { seq: 5, isWaiting: false })).toEqual([false, false]);
    expect(looks({ end: 50, seq: 5 }, { end: 90, seq: 50 })).toEqual([false, false]);
  });

  test("moves from one that has more by its own word, and brings nothing", () => {
    expect(looks({ end: 50, seq: 5 }, { end: 50, seq: 5, isDry: false })).toEqual([false, true]);
  });

  test("takes the last end that was known, where nobody says it", () => {
    expect(looks({ end: 50, seq: 5 }, { seq: 5 })).toEqual([false, true]);
    expect(looks({}, {}, {})).toEqual([false, false, false]);
  });

  test("moves twice for an end that no server brings, as one whose entry was taken from the log, and again for a later one", () => {
    const still = { end: 9, seq: 5 };
    expect(looks(still, still, still, still, still, { end: 12, seq: 5 })).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
    ]);
    const later = { end: 12, seq: 5 };
    expect(looks(still, still, still, still, later, later, later, later, later)).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
      false,
    ]);
    expect(looks(still, still, still, still, { end: 12, seq: 11 }, { end: 12, seq: 11 })).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
    ]);
  });
});
