import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Beats, type Headway } from "../../src/actors/beats.ts";

const BEAT_MS = 1_000;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("[M14] a host beats for no stream of which its reader hears nothing, or of which it has not routed within a second what came: a gateway would call its end confirmed", () => {
  let streams: Headway[] | undefined;
  const told: number[][] = [];
  const beats = new Beats({
    beat: (_, routed) => void told.push(routed.map(({ k }) => k)),
    gateways: () => ["gw"],
    streams: () => streams,
    movedFor: () => [],
  });
  beats.start();
  /** The streams of the next beat, by how far each is routed, and what its reader has. */
  const next = (...all: [upTo: number, heard: number | undefined][]): number[] | undefined => {
    streams = all.map(([upTo, heard], k) => ({ k, claim: 2, upTo, heard }));
    vi.advanceTimersByTime(BEAT_MS);
    return told.at(-1);
  };
  expect(next([5, 5], [5, 5])).toEqual([0, 1]);
  expect(next([5, undefined], [5, 9]), "what has just come is not late").toEqual([1]);
  expect(next([5, undefined], [8, 12])).toEqual([]);
  expect(next([5, 5], [12, 20])).toEqual([0, 1]);
  expect(next([5, 5], [12, undefined])).toEqual([0]);
  expect(next([5, 5], [19, 20]), "late before its reader was made anew, it is late").toEqual([0]);
  const { length } = told;
  streams = undefined;
  vi.advanceTimersByTime(BEAT_MS);
  expect(told, "who cannot tell says nothing").toHaveLength(length);
  beats.stop();
  streams = [];
  vi.advanceTimersByTime(2 * BEAT_MS);
  expect(told).toHaveLength(length);
});
