import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { deadLetters } from "../../src/projections/views/deadletters.ts";
import { Bugs } from "../../src/projections/bugs.ts";
import { drop } from "../../src/projections/begin.ts";
import { projectAll } from "../../src/projections/project.ts";
import { answer } from "../../src/projections/queries.ts";
import { viewsOf } from "../../src/projections/registry.ts";
import { Runner } from "../../src/projections/runner.ts";
import { databases, openFile, ViewStore } from "../../src/projections/store/store.ts";
import { Table } from "../../src/projections/store/table.ts";
import type { Rows } from "../../src/projections/store/rows.ts";
import type { View } from "../../src/projections/view.ts";
import type { Change } from "../../src/projections/views/change.ts";
import { beginning, views } from "./support.ts";
import { folder } from "../support/folder.ts";
import { MemorySource } from "../support/stream.ts";
import { silent } from "../support/silent.ts";
import { entry } from "./traffic.mjs";

const story = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));

function source(upTo: number): MemorySource {
  const stream = new MemorySource();
  stream.store(...story(1, upTo));
  return stream;
}

async function run(stream: MemorySource, rows: Table): Promise<Runner> {
  const runner = await Runner.start(stream, rows, silent);
  onTestFinished(() => runner.stop());
  return runner;
}

async function table(dir = folder()): Promise<Table> {
  const store = await ViewStore.open({ dir, log: silent });
  onTestFinished(() => store.close());
  return store.table;
}

describe("a runner", () => {
  test("is ready when it has what was stored at the start, and goes on", async () => {
    const stream = source(1_000);
    const runner = await run(stream, await table());
    await runner.ready;
    expect(runner.applied).toBeGreaterThanOrEqual(1_000);
    stream.store(...story(1_001, 1_010));
    expect(await runner.atLeast(1_010)).toBe(true);
    expect(runner.applied).toBe(await stream.last());
  });
  test("of an empty stream is ready at once", async () => {
    const runner = await run(new MemorySource(), await table());
    await runner.ready;
    expect(runner.applied).toBe(0);
  });
  test("goes on where it was stopped", async () => {
    const rows = await table();
    const stream = source(10);
    const first = await run(stream, rows);
    await first.ready;
    await first.stop();
    await first.done;
    stream.store(...story(11, 20));
    const second = await run(stream, rows);
    await second.ready;
    expect(stream.followed).toEqual([0, 10]);
    expect(views(rows, "alice").history("bob").messages).toHaveLength(5);
  });
  test("says no when the views do not come that far in time", async () => {
    const runner = await run(source(10), await table());
    await runner.ready;
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const asked = runner.atLeast(11);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await asked).toBe(false);
  });
});

describe("views are built anew", () => {
  const rebuilt = async (change: (stream: MemorySource) => void): Promise<number[]> => {
    const rows = await table();
    const stream = source(20);
    const first = await run(stream, rows);
    await first.ready;
    await first.stop();
    change(stream);
    const second = await run(stream, rows);
    await second.ready;
    expect(rows.checkpoint()).toMatchObject({ epoch: stream.epoch, seq: await stream.last() });
    expect(views(rows, "alice").history("bob").messages).toHaveLength(stream.entries.length / 4);
    return stream.followed;
  };

  test("when the stream has begun another life", async () => {
    expect(await rebuilt((stream) => (stream.epoch = "second"))).toEqual([0, 0]);
  });
  test("when they are ahead of a stream that was rolled back", async () => {
    expect(await rebuilt((stream) => stream.entries.splice(8))).toEqual([0, 0]);
  });
  test("by a runner that finds them set back by another process", async () => {
    const rows = await table();
    const stream = source(20);
    const runner = await run(stream, rows);
    await runner.ready;
    rows.reset({ ...(rows.checkpoint() ?? beginning("")), seq: 0 });
    stream.store(...story(21, 24));
    expect(await runner.atLeast(24)).toBe(true);
    expect(stream.followed).toEqual([0, 0]);
    expect(views(rows, "alice").history("bob").messages).toHaveLength(6);
  });
});

test("two runners on the same views do no harm", async () => {
  const dir = folder();
  const stream = source(2_000);
  const runners = [await run(stream, await table(dir)), await run(stream, await table(dir))];
  await Promise.all(runners.map(({ ready }) => ready));
  stream.store(...story(2_001, 2_400));
  expect(await Promise.all(runners.map((runner) => runner.atLeast(2_400)))).toEqual([true, true]);
  const { messages } = views(await table(dir), "alice").history("bob", {
    limit: 100,
    after: 2_000,
  });
  expect(messages).toHaveLength(100);
});

test("[A6] an entry that cannot be read is set aside, and those behind it go on", async () => {
  const stream = source(4);
  stream.store(
    { ...entry(5), raw: "{" },
    { ...entry(6), raw: '{"type":"MessageUnsent"}' },
    ...story(7, 8),
  );
  const rows = await table();
  const runner = await run(stream, rows);
  await runner.ready;
  expect(runner.applied).toBe(8);
  expect(deadLetters(rows)).toMatchObject({
    count: 2,
    newest: [
      { seq: 5, owner: "alice" },
      { seq: 6, owner: "bob" },
    ],
  });
});

test("what cannot be written is tried again until there is room", async () => {
  let room = false;
  const root = openFile(folder());
  onTestFinished(() => root.close());
  const rows = new Table(databases(root), () => {
    if (!room) throw new Error("the views are full");
  });
  const runner = await run(source(8), rows);
  await expect.poll(() => runner.trouble).toBe("the views are full");
  expect(runner.applied).toBe(0);
  room = true;
  expect(await runner.atLeast(8)).toBe(true);
  expect(runner.trouble).toBeUndefined();
});

describe("a view that has changed", () => {
  const changed = (...names: string[]): View[] =>
    viewsOf("MAILBOX_0").map((view) =>
      names.includes(view.name) ? { ...view, version: view.version + 1 } : view,
    );
  /** Rows by key, as they are committed. */
  const rowsOf = (rows: Table): Map<string, unknown> =>
    new Map([...rows.range("text")].map(([seq, row]) => [`${seq}`, row]));

  /** Views of 20 entries; what each view then takes while those named are built anew. */
  async function rebuilt(views: readonly View[]) {
    const rows = await table();
    const stream = source(20);
    await (await run(stream, rows)).stop();
    const before = rowsOf(rows);
    const taken = new Map<string, number>();
    const counting = views.map((view) => ({
      ...view,
      project: (into: Rows, change: Change) => {
        taken.set(view.name, (taken.get(view.name) ?? 0) + 1);
        view.project?.(into, change);
      },
    }));
    const runner = await Runner.start(stream, rows, silent, counting);
    onTestFinished(() => runner.stop());
    await runner.ready;
    return { rows, stream, runner, before, taken };
  }

  test("[V4] is built anew alone, from rows of the others as they were", async () => {
    const { rows, stream, runner, before, taken } = await rebuilt(changed("history"));
    expect([...taken.keys()].toSorted()).toEqual(["conversations", "history"]);
    expect(rowsOf(rows)).toEqual(before);
    const { version } = viewsOf("MAILBOX_0").find(({ name }) => name === "history")!;
    expect(rows.checkpoint()).toMatchObject({
      seq: 20,
      views: { history: { version: version + 1 } },
    });
    expect(rows.checkpoint()?.behind).toBeUndefined();
    taken.clear();
    stream.store(...story(21, 24));
    expect(await runner.atLeast(24)).toBe(true);
    expect([...taken.keys()]).toContain("chats");
    expect(views(rows, "alice").chat("bob")).toMatchObject({ unread: 0, last: { seq: 21 } });
  });
  test("[V4] takes along those that read its rows", async () => {
    const { rows, stream } = await rebuilt(changed("conversations"));
    expect(rows.checkpoint()).toMatchObject({ seq: 20 });
    expect(stream.followed).toEqual([0, 0]);
  });
  test("that is no longer registered goes with its rows", async () => {
    const left = viewsOf("MAILBOX_0").filter(({ name }) => name !== "history");
    const { rows, stream } = await rebuilt(left);
    expect(rowsOf(rows).size).toBe(0);
    expect(rows.checkpoint()?.views["history"]).toBeUndefined();
    expect(stream.followed).toEqual([0, 20]);
  });
  test("goes on being built where a runner was stopped", async () => {
    const rows = await table();
    const stream = source(20);
    await (await run(stream, rows)).stop();
    const [all, at] = [viewsOf("MAILBOX_0"), rows.checkpoint() ?? beginning("")];
    const behind = drop(rows, at, ["history"], all);
    const parts = { views: all.slice(0, 2), bugs: new Bugs(silent) };
    rows.commit(behind, 9, (into) => projectAll(into, story(1, 9), parts));
    const runner = await run(stream, rows);
    await runner.ready;
    expect(stream.followed).toEqual([0, 9]);
    expect(rowsOf(rows).size).toBe(10);
    expect(rows.checkpoint()?.behind).toBeUndefined();
  });
  test("is not answered from before it has caught up", async () => {
    const rows = await table();
    await (await run(source(20), rows)).stop();
    drop(rows, rows.checkpoint() ?? beginning(""), ["history"], viewsOf("MAILBOX_0"));
    const query = { view: "chats", owner: "alice", device: "phone", limit: 1, atLeast: 0 } as const;
    expect(answer(query, rows, { now: 0, onlineMs: 0 })).toEqual({ error: "view.behind" });
  });
});
