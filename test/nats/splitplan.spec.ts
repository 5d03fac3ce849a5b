import { describe, expect, test } from "vitest";
import type { Owner } from "../../src/events/owner.ts";
import { isOld, refined } from "../../src/nats/split/deal.ts";
import { nextStep, type Observed, type SplitStep } from "../../src/nats/split/nextstep.ts";
import { runningOf, sharesOf, type Running } from "../../src/nats/split/running.ts";
import { SLOTS } from "../../src/events/limits.ts";
import { dealt } from "../../src/nats/slots.ts";

const slotsOf = (streams: number): number[][] =>
  Array.from({ length: streams }, (_, k) => dealt(k, streams));

describe("slots that are dealt to more streams", () => {
  test("from one on are dealt as to streams that are made", () => {
    expect(refined(slotsOf(1), 16).map(({ slots }) => slots)).toEqual(slotsOf(16));
  });

  test("stay in their stream or go from one to one, each in exactly one, also when dealt once more", () => {
    const once = refined(slotsOf(2), 6);
    expect(once.map(({ k }) => k).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    const held = once.toSorted((a, b) => a.k - b.k).map(({ slots }) => slots);
    const twice = refined(held, 12);
    for (const { of, slots } of twice) expect(held[of]).toEqual(expect.arrayContaining([...slots]));
    const all = twice.flatMap(({ slots }) => slots);
    expect(all).toHaveLength(SLOTS);
    expect(new Set(all).size).toBe(SLOTS);
  });
});

const word = (seq: number, layout: number, type: Owner["type"]) => ({
  seq,
  owner: { type, epoch: "e", earlier: [], marks: [], rules: 1, layout },
});

/** Streams of two that are split into four, and nothing has happened to them. */
const RUNNING = runningOf(slotsOf(2), 4, 2);
const untouched = (): Observed[] =>
  sharesOf(RUNNING).map((share) => ({
    share,
    mailbox: isOld(share) ? "own" : "absent",
    checkpoint: isOld(share) ? "own" : "absent",
    subjects: isOld(share) ? "all" : "kept",
    isFilled: false,
    last: isOld(share) ? 10 : 0,
    word: isOld(share) ? word(1, 1, "StreamBegan") : undefined,
    isSaved: false,
    hasLeft: false,
    dealt: isOld(share) ? 2 : 0,
  }));

/** The effect of a step on one stream; `above`: seqs are given in rising order. */
function done(
  step: SplitStep,
  seen: Observed,
  { held, layout, into, stage }: Running,
  above: number,
): Partial<Observed> {
  const EFFECTS: Record<SplitStep, Partial<Observed>> = {
    mirror: { mailbox: "mirror", checkpoint: "mirror" },
    fill: { isFilled: true },
    cut: { subjects: "marking" },
    layout: { word: word(above, layout, "SlotsDealt") },
    mark: { word: word(above, layout, "SlotsDealt") },
    hear: { last: seen.word?.seq ?? 0 },
    release: { subjects: "kept" },
    promote: { mailbox: "own", checkpoint: "own", dealt: into },
    save: { isSaved: true },
    commit: {},
    purge: { hasLeft: false },
    settle: { dealt: into },
    drop: { mailbox: "absent", checkpoint: "absent", dealt: 0, last: 0 },
    reopen: {},
    unmark: { word: word(above, layout, "SlotsKept") },
    join: { subjects: "all" },
    forget: { word: undefined },
    finish: { dealt: stage === "back" ? held.length : into },
  };
  return EFFECTS[step];
}

/** Streams that a split works on, one effect at a time. */
class Streams {
  running: Running = RUNNING;
  all = untouched();
  isOver = false;
  readonly steps: SplitStep[] = [];
  #seq = 100;

  /** The next step, for the first of its streams. */
  go(): void {
    const { step, streams } = nextStep(this.running, this.all);
    const [first] = streams;
    if (first === undefined) throw new Error("a step for nobody");
    this.steps.push(step);
    if (step === "finish") this.isOver = true;
    if (step === "commit") {
      this.running = { ...this.running, stage: "purge" };
      this.all = this.all.map((seen) => ({ ...seen, hasLeft: isOld(seen.share) }));
    }
    const { k, of } = first.share;
    if (step === "reopen") this.#change(of, { subjects: "marking" });
    else this.#change(k, done(step, first, this.running, ++this.#seq));
  }

  turnBack(): void {
    this.running = { ...this.running, stage: "back", layout: this.running.layout + 1 };
  }

  /** Goes on until it is over. */
  finish(): void {
    for (let i = 0; !this.isOver; i++) {
      if (i > 100) throw new Error(`no end: ${this.steps.slice(-5).join()}`);
      this.go();
    }
  }

  #change(k: number, how: Partial<Observed>): void {
    this.all = this.all.map((seen) => (seen.share.k === k ? { ...seen, ...how } : seen));
  }
}

const inOrder = (steps: readonly SplitStep[]): SplitStep[] =>
  steps.filter((step, i) => step !== steps[i - 1]);

describe("a split", () => {
  test("takes its steps in the order of ADR 46, each for all streams before the next", () => {
    const streams = new Streams();
    streams.finish();
    expect(inOrder(streams.steps)).toEqual(
      "mirror fill cut layout mark hear release promote save commit purge settle finish".split(" "),
    );
    expect(streams.all.every(({ mailbox, dealt: into }) => mailbox === "own" && into === 4)).toBe(
      true,
    );
  });

  test("goes back from behind each of its steps, marks first, to what was, with a further number of the layout", () => {
    const whole = new Streams();
    whole.finish();
    const last = whole.steps.indexOf("commit");
    expect(last).toBeGreaterThan(15);
    for (let n = 0; n <= last; n++) {
      const streams = new Streams();
      for (let i = 0; i < n; i++) streams.go();
      streams.turnBack();
      const before = streams.steps.length;
      streams.finish();
      const back = streams.steps.slice(before);
      const times = (steps: readonly SplitStep[], step: SplitStep): number =>
        steps.filter((each) => each === step).length;
      expect(times(back, "unmark")).toBe(times(streams.steps.slice(0, before), "mark"));
      // No stream has its slots again before every mark is taken back.
      expect(back.lastIndexOf("unmark")).toBeLessThan(
        back.includes("join") ? back.indexOf("join") : back.length,
      );
      const was = untouched();
      for (const [i, seen] of streams.all.entries())
        if (isOld(seen.share))
          expect(seen).toMatchObject({ subjects: "all", dealt: 2, word: { owner: { layout: 3 } } });
        else
          expect(seen).toMatchObject({
            mailbox: "absent",
            checkpoint: "absent",
            word: was[i]?.word,
          });
    }
  });
});
