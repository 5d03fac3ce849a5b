import { expect, onTestFinished, test, vi } from "vitest";
import { judge } from "../../src/actors/generations/judge.ts";
import { Keeper } from "../../src/actors/generations/keeper.ts";
import { prepare } from "../../src/actors/generations/prepare.ts";
import { NEVER } from "../../src/events/instant.ts";
import { seqOf } from "../../src/events/position.ts";
import { TRAIL_MAX } from "../../src/events/record.ts";
import { RolledBackError, type Take } from "../../src/events/source.ts";
import { at, Stream } from "./stream.ts";

interface Ears {
  readonly elapsed?: () => number;
  readonly delayed?: (error: unknown) => void;
  readonly unsure?: (error: unknown) => void;
  /** The seqs that the actors are given. */
  readonly taken?: (seqs: readonly number[]) => void;
}

/** A keeper of that stream, which has taken nothing yet; `one` stores an entry and has it taken. */
async function keeperOf(stream: Stream, ears: Ears = {}) {
  const { elapsed = () => 0, delayed = () => undefined, unsure = () => undefined, taken } = ears;
  const prepared = await prepare(0, [{ log: stream, records: stream }]);
  const told = { elapsed, delayed, unsure };
  const keeper = new Keeper({ log: stream, records: stream, ...prepared, ...told });
  let take: Take = () => undefined;
  const follow = (_: number, to: Take) => {
    take = to;
    const never = new Promise<never>(() => undefined);
    return { done: never, heard: 0, caughtUp: never, stop: async () => undefined };
  };
  keeper.follow({ follow }, 0, (batch) => taken?.(batch.map(({ seq }) => seq)));
  const one = async (): Promise<number> => {
    const seq = stream.put("fact", "alice", {});
    await take([stream.entry(seq)!]);
    return seq;
  };
  return { keeper, one };
}

/** A stream whose actors have told every entry of it to another stream, each with an anchor of its own. */
async function told(entries: number): Promise<Stream> {
  const stream = new Stream(0);
  const { keeper, one } = await keeperOf(stream);
  for (let n = 1; n < entries; n++) {
    stream.now = at(n);
    await keeper.covered(await one());
  }
  keeper.stop();
  return stream;
}

test.each(["taken something", "taken nothing yet"])(
  "[L6] an owner under which the stream is made anew, and grows beyond it, saves no checkpoint of it: it ends (it has %s)",
  async (what) => {
    const stream = new Stream(0);
    const before = await keeperOf(stream);
    await before.keeper.save(await before.one());
    const { keeper, one } = await keeperOf(stream);
    const seq = what === "taken something" ? await one() : keeper.begin;
    const { saved } = stream;
    const { owner } = stream.said;
    stream.entries.splice(0);
    stream.put("owner", "0", { ...owner, marks: [{ generation: 1, from: 1, before: NEVER }] });
    for (let n = 0; n < 5; n++) stream.put("fact", "bob", { n });
    await expect(keeper.save(seq)).rejects.toBeInstanceOf(RolledBackError);
    await expect(keeper.done).rejects.toBeInstanceOf(RolledBackError);
    expect(stream.saved).toBe(saved);
  },
);

test("[L6] entries that wait because nobody can tell whether the log is the same are told of once for each outage", async () => {
  const stream = new Stream(0);
  const unsure = vi.fn<(error: unknown) => void>();
  const taken: number[] = [];
  const { keeper, one } = await keeperOf(stream, {
    unsure,
    taken: (seqs) => void taken.push(...seqs),
  });
  const before = await one();
  const instantAt = stream.instantAt.bind(stream);
  for (const outage of [1, 2]) {
    let asked = 0;
    stream.instantAt = async (seq) => {
      if (asked++ < 3) throw new Error("timeout");
      return instantAt(seq);
    };
    await keeper.doubt();
    expect(await one()).toBe(before + outage);
    expect(asked).toBeGreaterThan(3);
    expect(unsure).toHaveBeenCalledTimes(outage);
  }
  expect(taken).toEqual([before, before + 1, before + 2]);
  keeper.stop();
});

test("[L6] anchors that are saved behind one another are compared once in half a second, and again where the log is in doubt", async () => {
  const stream = new Stream(0);
  let now = 0;
  const { keeper, one } = await keeperOf(stream, { elapsed: () => now });
  const asked = vi.spyOn(stream, "instantAt");
  /** Questions that an anchor costs which is saved so many ms behind the one before. */
  const anchor = async (ms: number): Promise<number> => {
    now += ms;
    const before = asked.mock.calls.length;
    const seq = await one();
    await keeper.covered(seq);
    expect(seqOf(stream.top!.anchor!.position)).toBe(seq);
    return asked.mock.calls.length - before;
  };
  expect(await anchor(0)).toBeGreaterThan(0);
  expect([await anchor(200), await anchor(200), await anchor(100)]).toEqual([0, 0, 0]);
  expect(await anchor(1)).toBeGreaterThan(0);
  expect(await anchor(100)).toBe(0);
  await keeper.doubt();
  expect(await anchor(1)).toBeGreaterThan(0);
  const seq = await one();
  asked.mockRejectedValueOnce(new Error("no leader"));
  await keeper.doubt();
  const before = asked.mock.calls.length;
  await keeper.covered(seq);
  expect(asked.mock.calls.length, "nobody could tell").toBeGreaterThan(before);
  // Servers that come back with another log have been away for a second.
  const kept = stream.top;
  stream.entries.splice(-2);
  for (const _ of [1, 2]) stream.put("fact", "bob", {});
  void anchor(1_000).catch(() => undefined);
  await expect(keeper.done).rejects.toThrow("the log differs");
  expect(stream.top).toBe(kept);
  keeper.stop();
});

test("[L6] behind an anchor that took long the next one waits as long, and is for all that has come meanwhile", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const stream = new Stream(0);
  let now = 0;
  const saved: number[] = [];
  stream.saveHighest = async (highest) => {
    now += 40;
    saved.push(seqOf(highest.anchor!.position));
    stream.top = highest;
  };
  const { keeper, one } = await keeperOf(stream, { elapsed: () => now });
  const anchor = async (): Promise<void> => keeper.covered(await one());
  await anchor();
  const others = [anchor(), anchor(), anchor()];
  await vi.advanceTimersByTimeAsync(39);
  expect(saved).toEqual([2]);
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(others);
  expect(saved).toEqual([2, 5]);
  keeper.stop();
});

test("[L6] an anchor that is owed for an entry which has not been taken holds nobody else up, is told of, and ends with the host", async () => {
  const delayed = vi.fn<(error: unknown) => void>();
  const { keeper } = await keeperOf(new Stream(0), { delayed });
  const covered = keeper.covered(7);
  covered.catch(() => undefined);
  await new Promise((turn) => setImmediate(turn));
  keeper.stop();
  await expect(covered).rejects.toThrow("the host is stopping");
  expect(delayed.mock.calls).toEqual([[new Error("7 has not been taken")]]);
});

test("[L6] a trail of more anchors than it may have is thinned, its older half first, and stays in order", async () => {
  const { top } = await told(3 * TRAIL_MAX);
  const seqs = top!.trail.map(({ position }) => seqOf(position));
  expect(seqs.length).toBeLessThanOrEqual(TRAIL_MAX);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  const newest = seqs.slice(-TRAIL_MAX / 4);
  expect(newest.at(-1)).toBe(3 * TRAIL_MAX);
  expect(newest.at(-1)! - newest[0]!).toBe(newest.length - 1);
  expect(seqs[0]).toBeLessThan(TRAIL_MAX);
});

test.each([3 * TRAIL_MAX - 10, 2 * TRAIL_MAX, TRAIL_MAX])(
  "[L6] where a log was rolled back to %i and the broker's clock stepped back, the thinned trail shows where it differs",
  async (kept) => {
    const stream = await told(3 * TRAIL_MAX);
    const seqs = stream.top!.trail.map(({ position }) => seqOf(position));
    const first = seqs.find((seq) => seq > kept)!;
    stream.entries.splice(kept);
    // So early that no time of a newcomer is behind the anchor's.
    stream.now = at(0);
    while (stream.entries.length < 4 * TRAIL_MAX) stream.put("fact", "alice", {});
    await judge(stream, stream);
    expect(stream.said.owner.marks).toMatchObject([{ generation: 1, from: first }]);
    // As near as the anchors lie there: one in so many entries.
    expect(first - kept).toBeLessThanOrEqual(kept < 2 * TRAIL_MAX ? 32 : 4);
  },
);

test("a start says of its own stream that a generation begins, and leaves the others to their owners", async () => {
  const shorter = await told(20);
  shorter.entries.splice(10);
  const begun = vi.fn<(generation: number) => void>();
  const streams = [new Stream(0), shorter].map((stream) => ({ log: stream, records: stream }));
  await prepare(0, streams, undefined, begun);
  expect(begun.mock.calls).toEqual([]);
  await prepare(1, streams, undefined, begun);
  expect(begun.mock.calls).toEqual([[1]]);
});

test("a start waits for no other stream that is away, unless more was saved of it than is known", async () => {
  const own = new Stream(0);
  const away = new (class extends Stream {
    override async owner(): Promise<never> {
      throw new Error("the stream is away");
    }
  })(1);
  const streams = [own, away].map((stream) => ({ log: stream, records: stream }));
  expect((await prepare(0, streams)).plan.told).toEqual([0, 0]);
  own.saved = { epoch: "life", position: 0, told: [0, 1], bare: 0 };
  await expect(prepare(0, streams)).rejects.toThrow("the stream is away");
});
