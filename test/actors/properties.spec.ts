import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { evolve, newcomer, type Telling, type UserState } from "../../src/actors/user.ts";
import { freeze, thaw } from "../support/frozen.ts";
import { alice, entries, marks, peer } from "../support/mailboxes.ts";
import { fold, mailOf } from "./support.ts";

const after = (run: readonly Entry[]): number => (run.at(-1)?.seq ?? 0) + 1;
const isSession = ({ raw }: Entry): boolean => raw.includes('"Session');

describe("whatever lies in a mailbox", () => {
  test("a message, a receipt or a copy that is repeated later changes nothing but the seq", () => {
    fc.assert(
      fc.property(entries, fc.nat(), (run, pick) => {
        const repeatable = run.filter((entry) => !isSession(entry));
        const old = repeatable[pick % Math.max(1, repeatable.length)];
        fc.pre(old !== undefined);
        // A claim that came before the messages it speaks of may hold later: that is no repeat.
        fc.pre(!(old.kind === "fact" && /Delivered|Read/.test(old.raw)));
        const state = fold(run);
        const again = { ...old, seq: after(run) };
        expect(evolve(state, mailOf(again)).telling).toBeUndefined();
        expect(evolve(state, mailOf(again)).state).toEqual({ ...state, seq: again.seq });
      }),
    );
  });

  test("a receipt that is repeated at once changes nothing but the seq", () => {
    fc.assert(
      fc.property(entries, peer, marks, (run, other, claim) => {
        const seq = after(run);
        const state = fold([...run, alice.received(seq, other, claim)]);
        const again = mailOf(alice.received(seq + 1, other, claim));
        expect(evolve(state, again).telling).toBeUndefined();
        expect(evolve(state, again).state.peers.get(other)).toEqual(state.peers.get(other));
      }),
    );
  });

  test("[A1] a snapshot and the tail are the full replay, in what is known and in what is told", () => {
    fc.assert(
      fc.property(entries, fc.nat(60), (run, cut) => {
        const whole = tell(newcomer, run);
        const head = tell(newcomer, run.slice(0, cut));
        const tail = tell(thaw(freeze(head.state)), run.slice(cut));
        expect(tail.state).toEqual(whole.state);
        expect([...head.told, ...tail.told]).toEqual(whole.told);
      }),
    );
  });

  test("[T1] watermarks only rise, hold no more than there is, and read implies delivered", () => {
    fc.assert(
      fc.property(entries, (run) => {
        let state = newcomer;
        for (const entry of run) {
          const next = evolve(state, mailOf(entry)).state;
          for (const [name, known] of next.peers) {
            const { mine, theirs, received, sent, heard } = known;
            const was = state.peers.get(name);
            expect(mine.delivered).toBeGreaterThanOrEqual(was?.mine.delivered ?? 0);
            expect(mine.read).toBeGreaterThanOrEqual(was?.mine.read ?? 0);
            expect(theirs.delivered).toBeGreaterThanOrEqual(was?.theirs.delivered ?? 0);
            expect(theirs.read).toBeGreaterThanOrEqual(was?.theirs.read ?? 0);
            expect(heard).toBeGreaterThanOrEqual(was?.heard ?? 0);
            for (const [{ delivered, read }, most] of [
              [mine, received],
              [theirs, sent],
            ] as const) {
              expect(delivered).toBeLessThanOrEqual(most);
              expect(read).toBeLessThanOrEqual(delivered);
            }
          }
          state = next;
        }
      }),
    );
  });

  test("[A3] what is told to one peer has rising causes, each the seq of its fact", () => {
    fc.assert(
      fc.property(entries, (run) => {
        const { told } = tell(newcomer, run);
        const facts = new Set(run.filter(({ kind }) => kind === "fact").map(({ seq }) => seq));
        for (const name of ["bob", "carol"]) {
          const causes = told.filter(({ to }) => to === name).map(({ copy }) => copy.cause);
          expect(causes).toEqual([...new Set(causes)].sort((a, b) => a - b));
          expect(causes.every((cause) => facts.has(cause))).toBe(true);
        }
      }),
    );
  });

  test("the same entries tell the same, every time", () => {
    fc.assert(
      fc.property(entries, (run) => {
        expect(tell(newcomer, run)).toEqual(tell(newcomer, structuredClone(run)));
      }),
    );
  });
});

/** All that is known after a run, and everything that was told on the way. */
function tell(from: UserState, run: readonly Entry[]): { state: UserState; told: Telling[] } {
  const told: Telling[] = [];
  let state = from;
  for (const entry of run) {
    const after = evolve(state, mailOf(entry));
    if (after.telling !== undefined) told.push(after.telling);
    state = after.state;
  }
  return { state, told };
}
