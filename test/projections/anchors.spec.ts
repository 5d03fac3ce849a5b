import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { ACTIVITY } from "../../src/projections/ports.ts";
import { Runner } from "../../src/projections/runner.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import type { Table } from "../../src/projections/store/table.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { views } from "./support.ts";
import { entry } from "./traffic.mjs";

const story = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));

async function run(stream: MemorySource, rows: Table): Promise<Runner> {
  const runner = await Runner.start(stream, rows, silent);
  onTestFinished(() => runner.stop());
  return runner;
}

async function table(): Promise<Table> {
  const store = await ViewStore.open({ dir: folder(), log: silent });
  onTestFinished(() => store.close());
  return store.table;
}

describe("[L6] the last entry that views have taken", () => {
  const at = (seq: number, life = 0): string => `${1_795_000_000 + life}${seq}`.padEnd(19, "0");
  const stamped = (from: number, to: number, life = 0, more: Partial<Entry> = {}): Entry[] =>
    story(from, to).map((each) => ({ ...each, instant: at(each.seq, life), ...more }));
  const mark = (generation: number, from: number) => ({ generation, from, before: at(from - 1) });
  /** Views of 20 entries, and what a runner then finds. */
  const built = async (change: (stream: MemorySource) => void, name?: string) => {
    const stream = new MemorySource(name);
    const rows = await table();
    stream.store(...stamped(1, 20));
    await (await run(stream, rows)).stop();
    change(stream);
    const runner = await run(stream, rows);
    await runner.ready;
    return { stream, runner, rows };
  };
  const followed = async (...given: Parameters<typeof built>) =>
    (await built(...given)).stream.followed;

  test("is void where a generation has begun at it or below: the views are built anew", async () => {
    expect(await followed((stream) => stream.marks.push(mark(1, 20)))).toEqual([0, 0]);
    expect(await followed((stream) => stream.marks.push(mark(1, 21)))).toEqual([0, 20]);
  });
  test("shows another log by its time, and nothing when it is gone", async () => {
    expect(await followed((stream) => stream.entries.splice(15, 5, ...stamped(16, 24, 1)))).toEqual(
      [0, 0],
    );
    expect(
      await followed((stream) => {
        stream.entries.splice(19);
        stream.store(...stamped(21, 24));
      }),
    ).toEqual([0, 20]);
  });
  test("of the activity log shows that it ends before the views, or has begun another life", async () => {
    expect(await followed((stream) => stream.entries.splice(8), ACTIVITY)).toEqual([0, 0]);
    expect(await followed((stream) => (stream.epoch = "second"), ACTIVITY)).toEqual([0, 0]);
    expect(await followed(() => undefined, ACTIVITY)).toEqual([0, 20]);
  });
  test("is looked at before what comes next is folded, while views are running", async () => {
    const { stream, runner } = await built(() => undefined);
    stream.marks.push(mark(1, 15));
    stream.entries.splice(14, 6, ...stamped(15, 24, 1));
    stream.store(...stamped(25, 25, 1));
    expect(await runner.atLeast(25)).toBe(true);
    expect(stream.followed).toEqual([0, 20, 0]);
  });
  test("is compared with a log that came back shorter when that answers again", async () => {
    const { stream, runner } = await built(() => undefined);
    const last = stream.last.bind(stream);
    let silences = 1;
    stream.last = async () => {
      if (silences-- > 0) throw new Error("timeout");
      return last();
    };
    stream.marks.push(mark(1, 15));
    stream.entries.splice(14, 6, ...stamped(15, 24, 1));
    stream.store(...stamped(25, 25, 1));
    await expect.poll(() => runner.applied).toBe(25);
    expect(silences).toBeLessThan(0);
    expect(stream.followed).toEqual([0, 20, 0]);
  });
  test("is followed by nothing that was read before its mark: it is read again", async () => {
    const { stream, runner, rows } = await built(() => undefined);
    const before = views(rows, "alice").history("bob", { after: 20 }).messages;
    expect(before).toEqual([]);
    const follow = stream.follow.bind(stream);
    stream.follow = (...given) => {
      stream.entries.splice(20, 4, ...stamped(21, 24));
      return follow(...given);
    };
    // Handed over as of generation 0, and by then the mark is known.
    stream.marks.push(mark(1, 21));
    stream.store(...stamped(21, 24, 0, { generation: 0 }));
    expect(await runner.atLeast(24)).toBe(true);
    expect(stream.followed).toEqual([0, 20, 20]);
    const after = views(rows, "alice").history("bob", { after: 20 }).messages;
    expect(after.map(({ generation }) => generation)).toEqual(after.map(() => 1));
    expect(after.length).toBeGreaterThan(0);
  });
});
