import { describe, expect, test } from "vitest";
import { both, more, without, type Change } from "./changes.ts";
import { arrange, type History } from "./history/history.ts";
import { judged } from "./invariants/invariants.ts";
import { goodGroup } from "./grouprecording.ts";
import { good } from "./recording.ts";
import { reportOf, vacuous } from "./report/report.ts";

const after = (change: Change): History => arrange(change(good()));
const page = (history: History): string =>
  reportOf({ seed: 1, minutes: 1, only: ["kill"] }, history, judged(history));

/** Another fault, long behind all that was written. `phases`: what is told of it. */
const late = (...phases: string[]): Change =>
  both(
    ...phases.map((phase, i) =>
      more({ at: 80_000 + i, what: "fault", n: 2, kind: "pause", target: "nats-1", phase }),
    ),
  );

describe("a run shows nothing if", () => {
  test.each<[string, Change, RegExp]>([
    ["no fault was made", without("fault"), /no fault was made/],
    [
      "too few faults had an effect",
      without("fault", { phase: "confirmed" }),
      /of 1 faults only 0 had an effect/,
    ],
    [
      "nothing was acknowledged during one of its faults, though much was during the others",
      late("begins", "confirmed", "ends"),
      /nothing was acknowledged during pause of nats-1 at 80\.0 s/,
    ],
    [
      "the harness was held up for a tenth of it",
      more({ what: "stall", ms: 20_000 }),
      /the harness itself was held up for 20\.0 of/,
    ],
  ])("%s", (_, change, reason) => {
    const history = after(change);
    expect(vacuous(history)).toEqual([expect.stringMatching(reason)]);
    expect(page(history)).toMatch(new RegExp(`Hollow: ${reason.source}`));
  });
});

test("a run shows something if nothing was acknowledged while there was no quorum, on purpose", () => {
  const history = after(
    both(
      late("begins", "confirmed", "ends"),
      more({ at: 79_999, what: "quorum", there: false }),
      more({ at: 80_100, what: "quorum", there: true }),
      (lines) => lines.toSorted((a, b) => a.at - b.at),
    ),
  );
  expect(vacuous(history)).toEqual([]);
  expect(page(history)).toContain("Nobody was blamed for being behind for 0.1 of 80.1 s");
});

test("the report tells what was written in groups, and what became of it", () => {
  expect(page(arrange(goodGroup()))).toContain(
    "In groups 5 were written: 4 accepted, 1 refused to who was out, 0 of which nobody knows; who is in them, and what they are, changed 3 times.",
  );
});

test("the report names each fault of which nobody has seen an effect", () => {
  expect(page(after(without("fault", { phase: "confirmed" })))).toContain(
    "Without an effect that was seen: kill of gateway-2 at",
  );
});
