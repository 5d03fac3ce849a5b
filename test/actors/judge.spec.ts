import { describe, expect, test } from "vitest";
import { fromTheMonth, keptGeneration } from "../../src/actors/generations/month.ts";
import { beginByHand, judge } from "../../src/actors/generations/judge.ts";
import { prepare } from "../../src/actors/generations/prepare.ts";
import { originOf } from "../../src/events/owner.ts";
import { GENERATIONS_MAX, positionOf } from "../../src/events/position.ts";
import { OutrunError, type Anchor, type Highest } from "../../src/events/record.ts";
import { evidence } from "../../src/rules/evidence.ts";
import { at, Stream } from "./stream.ts";

/** A stream of so many entries. */
function stream(entries: number): Stream {
  const made = new Stream(0);
  for (let n = 2; n <= entries; n++) made.put("fact", "alice", {});
  return made;
}
const anchorAt = (log: Stream, seq: number): Anchor => ({
  position: seq,
  at: log.entries[seq - 1]?.at ?? at(0),
});
const saves = (log: Stream, saved: Partial<Highest>): Promise<void> =>
  log.saveHighest({ epoch: "life", trail: [], marks: [], ...saved });
/** The seqs at which the marks of the stream begin, by their generations. */
const begun = (log: Stream): number[][] =>
  log.said.owner.marks.map(({ generation, from }) => [generation, from]);

describe("an anchor shows a roll-back", () => {
  test("by another time at its seq, the first as well, or by a log that ends before it", async () => {
    const log = stream(5);
    for (const seq of [1, 5]) {
      const moved = { ...anchorAt(log, seq), at: at(900) };
      expect(await evidence(log, [], [moved])).toBe(moved);
    }
    const beyond = { position: 6, at: at(0) };
    expect(await evidence(log, [], [undefined, anchorAt(log, 5), beyond])).toBe(beyond);
  });
  test("but not where nothing is there, nor before the first entry", async () => {
    const log = stream(5);
    const anchors = [{ position: 0, at: at(0) }, anchorAt(log, 5)];
    log.instantAt = async () => undefined;
    expect(await evidence(log, [], anchors)).toBeUndefined();
  });
  test("[L6] by the last message or receipt before it, where the entry itself is gone, and only there", async () => {
    const log = stream(5);
    const moved = { ...anchorAt(log, 3), at: at(900) };
    const anchor = { ...anchorAt(log, 5), mail: moved };
    expect(await evidence(log, [], [anchor])).toBeUndefined();
    log.erased.add(5);
    expect(await evidence(log, [], [anchor])).toBe(moved);
    const same = { ...anchor, mail: anchorAt(log, 3) };
    expect(await evidence(log, [], [same])).toBeUndefined();
    const beyond = { position: 6, at: at(0), mail: moved };
    expect(await evidence(log, [], [same, beyond])).toBe(beyond);
  });
  test("but not in a later generation than its own, for there it is void", async () => {
    const log = stream(5);
    const marks = [{ generation: 1, from: 3, before: at(0) }];
    const [old, own] = [anchorAt(stream(9), 9), { ...anchorAt(log, 4), at: at(900) }];
    expect(await evidence(log, marks, [old, own])).toBeUndefined();
    const ofIt = { position: positionOf(1, 9), at: at(0) };
    expect(await evidence(log, marks, [ofIt])).toBe(ofIt);
  });
});

describe("a generation begins", () => {
  test("[A12] also where each answer to a save was lost, and its repeat refused", async () => {
    const log = stream(10);
    await saves(log, { anchor: anchorAt(log, 10) });
    log.entries.splice(6);
    /** Saves; of the saves with these numbers nobody knows it. */
    const lossy = <Saved>(save: (saved: Saved) => Promise<void>, ...lost: number[]) => {
      let n = 0;
      return async (saved: Saved): Promise<void> => {
        await save(saved);
        if (lost.includes(++n)) throw new OutrunError("another entry is the last one there");
      };
    };
    // That of the marks, twice, and that of the anchor on the last one.
    log.saveHighest = lossy(log.saveHighest.bind(log), 1, 3);
    log.saveCheckpoint = lossy(log.saveCheckpoint.bind(log), 1);
    const { highest } = await prepare(0, [{ log, records: log }]);
    expect(log.top).toEqual(highest);
    expect(log.saved?.told).toEqual([begun(log).at(-1)?.[0]]);
  });
  test("with all that the stream says of itself, and the time of the entry below it", async () => {
    const log = stream(10);
    await saves(log, { anchor: anchorAt(log, 10) });
    log.entries.splice(6);
    const before = log.entries[5]?.at;
    await judge(log, log);
    expect(log.said.owner).toEqual({
      type: "GenerationBegan",
      epoch: "life",
      earlier: [],
      rules: 1,
      layout: 1,
      marks: [{ generation: 1, from: 7, before }],
    });
  });
  test("[L6] also where asking for the log's end is an entry of its own, which is asked for once", async () => {
    const log = new Stream(0, { replicated: true });
    for (let n = 2; n <= 10; n++) log.put("fact", "alice", {});
    const trail = [3, 8, 9, 10].map((seq) => anchorAt(log, seq));
    await saves(log, { anchor: anchorAt(log, 10), trail });
    log.entries.splice(6);
    expect(await judge(log, log)).toBe(1);
    expect(begun(log)).toEqual([[1, 7]]);
    const { type } = log.said.owner;
    expect([type, log.entries.length]).toEqual(["GenerationBegan", 8]);
  });
  test("nowhere while others say something else of the stream", async () => {
    const log = stream(10);
    await saves(log, { anchor: anchorAt(log, 10) });
    log.entries.splice(6);
    const owner = log.owner.bind(log);
    let rules = 1;
    log.owner = async () => {
      const { seq, owner: said } = await owner();
      return { seq, owner: { ...said, rules: ++rules } };
    };
    await expect(judge(log, log)).rejects.toThrow("the stream's own entries change");
    expect(begun(log)).toEqual([]);
  });
  test("behind what is as old as its anchor, wherever the log ends", async () => {
    for (const grown of [0, 1, 2, 3, 7, 12]) {
      const log = stream(10);
      const anchor = { ...anchorAt(log, 10), position: 40 };
      for (let n = 0; n < grown; n++) log.put("fact", "alice", {});
      await saves(log, { anchor });
      await judge(log, log);
      expect(begun(log)).toEqual([[1, 11]]);
    }
  });
  test("behind the last that is as old, also over entries that are erased", async () => {
    const log = stream(10);
    await saves(log, { anchor: { ...anchorAt(log, 3), position: 40 } });
    const { entries } = log;
    log.instantAt = async (seq) => (seq > 3 && seq < 10 ? undefined : entries[seq - 1]?.at);
    await judge(log, log);
    expect(begun(log)).toEqual([[1, 4]]);
  });
  test("at the first entry, where all are younger than the anchor", async () => {
    const log = stream(5);
    await saves(log, { anchor: { position: 40, at: "0".repeat(19) } });
    await judge(log, log);
    expect(begun(log)).toEqual([[1, 1]]);
  });
  test("where the log differs from the trail, though the clock had stepped back", async () => {
    const log = stream(10);
    const trail = [2, 4, 6, 8].map((seq) => anchorAt(log, seq));
    await saves(log, { anchor: { position: 40, at: at(9_000) }, trail });
    for (const entry of log.entries.slice(4)) entry.at = `${BigInt(entry.at) + 1n}`;
    await judge(log, log);
    expect(begun(log)).toEqual([[1, 6]]);
  });
  test("anew where a mark that was saved is not in the log, though every anchor is", async () => {
    const log = stream(10);
    const marks = [
      { generation: 3, from: 9, before: at(3) },
      { generation: 2, from: 5, before: at(2) },
    ];
    await saves(log, { anchor: anchorAt(log, 4), marks });
    expect(await judge(log, log)).toBe(4);
    expect(log.said.owner.marks).toEqual([{ generation: 4, from: 5, before: log.entries[3]?.at }]);
  });
  test("behind the marks that stand, in the order of the log", async () => {
    const log = stream(10);
    const known = { generation: 2, from: 6, before: at(2) };
    await log.say({ ...log.said.owner, type: "GenerationBegan", marks: [known] }, log.said.seq);
    const anchor = { ...anchorAt(log, 11), position: positionOf(2, 40) };
    await saves(log, { anchor, marks: [{ generation: 3, from: 2, before: at(1) }] });
    expect(await judge(log, log)).toBe(4);
    expect(begun(log)).toEqual([
      [3, 2],
      [2, 6],
      [4, 12],
    ]);
  });
  test("above every number that is known, also outside of the stream", async () => {
    const log = stream(10);
    expect(await beginByHand(log, log, { from: 11, above: 6 })).toMatchObject({
      generation: 7,
      from: 11,
    });
    expect(log.top).toMatchObject({ epoch: "life", trail: [], marks: [{ generation: 7 }] });
  });
  test("for no anchor of another life of the stream, but for one of a life that it was put back from", async () => {
    const log = stream(5);
    const anchor = { position: 4, at: at(900) };
    await saves(log, { epoch: "another", anchor });
    expect(await judge(log, log)).toBeUndefined();
    await beginByHand(log, log, { from: 6, above: 0, epoch: "third" });
    await saves(log, { epoch: "life", anchor });
    expect(await judge(log, log)).toBe(2);
    await saves(log, { epoch: "another", anchor });
    expect(await judge(log, log)).toBeUndefined();
  });
  test("under another epoch where the stream was put back, and its own stands among the earlier ones", async () => {
    const log = stream(5);
    const { at: before } = log.entries[4] ?? {};
    await beginByHand(log, log, { from: 6, above: 3, epoch: "second" });
    await beginByHand(log, log, { from: 7, above: 0, epoch: "third" });
    expect(log.said.owner).toMatchObject({
      type: "PutBack",
      epoch: "third",
      earlier: ["life", "second"],
      marks: [{ generation: 4, from: 6, before }, { generation: 5 }],
    });
    expect(originOf(log.said.owner)).toBe("life");
  });
  test("only while there are numbers left", async () => {
    const last = { generation: GENERATIONS_MAX - 1, from: 3, before: at(1) };
    const log = stream(5);
    await saves(log, { marks: [last] });
    await expect(judge(log, log)).rejects.toThrow("used up");
    await saves(log, { marks: [{ ...last, generation: GENERATIONS_MAX - 2 }] });
    expect(await judge(log, log)).toBe(GENERATIONS_MAX - 1);
  });
  test("after ten tries at the most, while another process says something of the stream each time", async () => {
    const log = stream(5);
    await saves(log, { anchor: { position: 40, at: at(0) } });
    let tries = 0;
    log.say = async () => (++tries > 10 ? 1 : undefined);
    await expect(judge(log, log)).rejects.toThrow("change under this process");
    expect(tries).toBe(10);
  });
});

describe("a stream that tells the kept month again", () => {
  const kept = (position: number, told: number[]) => ({
    checkpoint: { epoch: "life", position, told },
    savedAt: at(position),
  });
  test("begins at the lowest that is kept and lies in the log, owing what was told since", () => {
    const all = [kept(40, [0, 0]), kept(7, [0, 1]), kept(positionOf(1, 9), [1, 1])];
    expect(fromTheMonth(all, "now", 20)).toEqual({
      epoch: "now",
      position: 7,
      told: [0, 1],
      bare: 0,
    });
    expect(keptGeneration(0, [all, [kept(3, [5, 0])]])).toBe(5);
    expect(keptGeneration(0, [all])).toBe(1);
  });
  test("begins at its first entry where nothing is kept", () => {
    expect(fromTheMonth([kept(40, [1])], "now", 20)).toMatchObject({ position: 0, told: [] });
    expect(keptGeneration(0, [])).toBe(0);
  });
});
