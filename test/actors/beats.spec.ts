import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Beats, type Headway } from "../../src/actors/beats.ts";

const BEAT_MS = 1_000;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A host, and what it tells the gateway. */
function host() {
  let streams: Headway[] | undefined;
  const told: number[][] = [];
  const beats = new Beats({
    beat: (_, routed) => void told.push(routed.map(({ k }) => k)),
    gateways: () => ["gw"],
    streams: () => streams,
    movedFor: () => [],
  });
  beats.start();
  onTestFinished(() => beats.stop());
  /** By streams, how far each is routed, and what its reader has. */
  const are = (...all: [upTo: number, heard: number | undefined][]): void => {
    streams = all.map(([upTo, heard], k) => ({ k, claim: 2, upTo, heard }));
  };
  return { beats, told, are };
}

test("[M14] a host beats for no stream of which its reader hears nothing, or of which it has not routed within a second what came: a gateway would call its end confirmed", () => {
  const { told, are } = host();
  /** The streams of the next beat, by how far each is routed, and what its reader has. */
  const next = (...all: [upTo: number, heard: number | undefined][]): number[] | undefined => {
    are(...all);
    vi.advanceTimersByTime(BEAT_MS);
    return told.at(-1);
  };
  expect(next([5, 5], [5, 5])).toEqual([0, 1]);
  expect(next([5, undefined], [5, 9]), "what has just come is not late").toEqual([1]);
  expect(next([5, undefined], [8, 12])).toEqual([]);
  expect(next([5, 5], [12, 20])).toEqual([0, 1]);
});

test("[M13] a gateway whose link was broken is told at once when it asks, once however many streams it asks about, and nobody else is", () => {
  const { beats, told, are } = host();
  are([5, 5]);
  beats.heed("gw");
  beats.heed("gw");
  beats.heed("a stranger");
  expect(told).toEqual([[0]]);
  vi.advanceTimersByTime(300);
  beats.heed("gw");
  expect(told).toEqual([[0], [0]]);
});

test("[M13] behind a break of its link a host beats at once, and again when its readers are there, so that gateways learn soon of what was lost; what it says is held to the same", () => {
  const { beats, told, are } = host();
  are([5, 5], [5, 9]);
  vi.advanceTimersByTime(BEAT_MS);
  are([5, undefined], [5, 12]);
  beats.soon();
  beats.soon();
  vi.advanceTimersByTime(0);
  expect(told).toEqual([[0, 1], []]);
  are([5, 5], [12, 12]);
  vi.advanceTimersByTime(100);
  expect(told).toEqual([[0, 1], [], [0, 1]]);
  vi.advanceTimersByTime(BEAT_MS);
  expect(told).toHaveLength(6);
});
