import { expect, test } from "vitest";
import { LifeSigns } from "../../src/host/lifesigns.ts";

/** The beats, each of a second, behind which a thread that says nothing is called stuck. */
function beatsUntilStuck(life: LifeSigns): number[] {
  const found: number[] = [];
  for (let beat = 1; beat <= 200; beat++) if (life.miss()) found.push(beat);
  return found;
}

test("[V6] a thread that hangs while it is loaded is called stuck after a minute, once", () => {
  const life = new LifeSigns();
  life.begin();
  expect(beatsUntilStuck(life)).toEqual([61]);
  expect(life.isStuck).toBe(true);
  // So it is when it was started again.
  life.begin();
  expect(life.isStuck).toBe(false);
  expect(beatsUntilStuck(life)).toEqual([61]);
});

test("[V6] a thread that was heard is called stuck after six seconds, until it is heard again", () => {
  const life = new LifeSigns();
  life.begin();
  expect(life.heard()).toBe(false);
  expect(beatsUntilStuck(life)).toEqual([6]);
  expect(life.heard()).toBe(true);
  expect(life.isStuck).toBe(false);
  expect(beatsUntilStuck(life)).toEqual([6]);
});
