import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Heard } from "../../src/gateway/routes/expectations.ts";
import type { Routed } from "../../src/protocol/internal/routes.ts";
import { gateway, routed, STEP_MS } from "./hearing.ts";

/** A gateway notices within so long that it has missed a route. */
const NOTICED_MS = 3_000;

/** One tenth of a second of an owner. */
interface Moment {
  readonly routes: boolean;
  readonly lost: boolean;
  /** Steps on the way: those behind may come before. */
  readonly late: number;
  /** The owner ends, and another begins as many steps later. */
  readonly ends: number;
}

const moment: fc.Arbitrary<Moment> = fc.record({
  routes: fc.boolean(),
  lost: fc.boolean(),
  late: fc.integer({ min: 0, max: 2 }),
  ends: fc.oneof(
    { weight: 30, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
  ),
});

/** Runs owners, one behind the other, against a gateway. @returns what was lost, and what was asked for. */
function play(moments: readonly Moment[], claims: boolean) {
  const at = gateway();
  const lost: { at: number; seq: number }[] = [];
  const under: { due: number; heard: Heard }[] = [];
  let [seq, n, owner, begins] = [0, 0, 1, 0];
  const send = ({ lost: isLost, late }: Moment, beat?: readonly Routed[]): void => {
    n++;
    const heard = { type: "parcel", host: `h${owner}`, n, beat } as const;
    if (!isLost) under.push({ due: at.now + late * STEP_MS, heard });
    else if (beat === undefined) lost.push({ at: at.now, seq });
  };
  for (const [i, each] of moments.entries()) {
    at.pass(STEP_MS, () => {
      if (each.ends > 0 && i >= begins) [owner, n, begins] = [owner + 1, 0, i + each.ends];
      if (i >= begins) {
        if (each.routes) {
          seq++;
          send(each);
        }
        if (i % 10 === 0) send(each, [routed(seq, claims ? owner : 0)]);
      }
      for (const { due, heard } of under.splice(0))
        if (due <= at.now) at.hear(heard);
        else under.push({ due, heard });
    });
  }
  return { lost: lost.filter((each) => each.at + NOTICED_MS <= at.now), asks: at.asks };
}

describe("[M13] whatever is lost, comes late or ends,", () => {
  test.each([true, false])("each lost route is asked for within 3 s (claims: %s)", (claims) => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 40, maxLength: 200 }), (moments) => {
        const { lost, asks } = play(moments, claims);
        const unasked = lost.filter(
          ({ at, seq }) =>
            !asks.some(
              (ask) =>
                ask.at >= at &&
                ask.at <= at + NOTICED_MS &&
                (ask.upTo === undefined || ask.upTo >= seq),
            ),
        );
        expect(unasked).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
