import { describe, expect, test } from "vitest";
import { judge } from "../../src/actors/generations/judge.ts";
import { plan, type Standing } from "../../src/actors/generations/plan.ts";
import { earlier } from "../../src/events/instant.ts";
import type { Checkpoint } from "../../src/events/record.ts";
import { at, Stream } from "./stream.ts";

const nothing: Standing = { marks: [], end: 10, checkpoint: undefined, isVoid: false, kept: [] };
const saved = (seq: number, told: number[]): Checkpoint => ({
  epoch: "life",
  position: seq,
  told,
  bare: 0,
});
const kept = (seq: number, second: number, isVoid = false) => ({
  checkpoint: saved(seq, [0, 0]),
  savedAt: at(second),
  isVoid,
});
const rolledBack: Standing = {
  ...nothing,
  marks: [{ generation: 1, from: 8, before: at(1_000) }],
};

describe("where the actors of a stream go on", () => {
  test("is their checkpoint, when nothing has happened", () =>
    expect(plan(0, { ...nothing, checkpoint: saved(7, [0, 0]) }, [[], []])).toMatchObject({
      begin: 7,
      told: [0, 0],
    }));

  test("is a minute before another stream was rolled back, for copies to that stream alone", () => {
    const own = {
      ...nothing,
      checkpoint: saved(900, [0, 0]),
      kept: [kept(300, 900), kept(480, 940), kept(800, 1_200)],
    };
    expect(plan(0, own, [[], rolledBack.marks])).toEqual({
      begin: 480,
      told: [0, 1],
      again: { upTo: 900, for: [1] },
      bare: 10,
    });
  });

  test("is the lowest that was saved since, or the beginning where nothing true is old enough", () => {
    const own = { ...nothing, checkpoint: saved(900, [0, 0]) };
    const low = { ...own, kept: [kept(480, 900), kept(100, 1_100)] };
    expect(plan(0, low, [[], rolledBack.marks]).begin).toBe(100);
    expect(plan(0, { ...own, kept: [kept(480, 970)] }, [[], rolledBack.marks]).begin).toBe(0);
    expect(plan(0, { ...own, kept: [kept(480, 900, true)] }, [[], rolledBack.marks]).begin).toBe(0);
  });

  test("of the stream itself is before it happened, and it tells everybody", () => {
    const own = {
      ...rolledBack,
      checkpoint: saved(900, [0, 0]),
      isVoid: true,
      kept: [kept(5, 900)],
    };
    const next = plan(0, own, [own.marks, []]);
    expect(next).toMatchObject({ begin: 5, told: [1, 0], bare: 10 });
    expect(next.again).toBeUndefined();
  });
});

describe("a generation", () => {
  /** A stream of ten entries with an anchor on its last, of which the newest are lost. */
  const lost = async (entries: number): Promise<Stream> => {
    const stream = new Stream(0);
    for (let n = 2; n <= 10; n++) stream.put("fact", "alice", {});
    const anchor = { position: 10, at: stream.entries[9]?.at ?? "" };
    await stream.saveHighest({ epoch: "life", anchor, trail: [anchor], marks: [] });
    stream.entries.splice(10 - entries);
    return stream;
  };

  test("begins where the log ends before its anchor, or has something else there", async () => {
    const short = await lost(3);
    expect(await judge(short, short)).toBe(1);
    expect(short.said.owner.marks).toMatchObject([{ generation: 1, from: 8 }]);
    const grown = await lost(3);
    for (let n = 0; n < 5; n++) grown.put("fact", "alice", {});
    expect(await judge(grown, grown)).toBe(1);
    expect(grown.said.owner.marks).toMatchObject([{ generation: 1, from: 8 }]);
  });

  test("does not begin twice for one roll-back, nor where nothing was lost", async () => {
    const stream = await lost(3);
    expect(await judge(stream, stream)).toBe(1);
    expect(await judge(stream, stream)).toBeUndefined();
    const whole = await lost(0);
    expect(await judge(whole, whole)).toBeUndefined();
  });

  test("never has a number that was used, also when the mark itself was lost", async () => {
    const stream = await lost(3);
    await judge(stream, stream);
    stream.entries.splice(6);
    expect(await judge(stream, stream)).toBe(2);
    expect(stream.said.owner.marks).toMatchObject([{ generation: 2, from: 7 }]);
  });
});

test("a margin before a time goes back no further than 1970", () => {
  expect(earlier(at(100), 60_000)).toBe(at(40));
  expect(earlier("0000000000000000001", 1)).toBe("0000000000000000000");
});
