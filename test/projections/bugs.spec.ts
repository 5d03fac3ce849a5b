import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { RULES } from "../../src/events/since.ts";
import { Bugs } from "../../src/projections/bugs.ts";
import { projectAll } from "../../src/projections/project.ts";
import { VIEWS, viewsOf } from "../../src/projections/registry.ts";
import { Runner } from "../../src/projections/runner.ts";
import { StoreError } from "../../src/projections/store/batch.ts";
import { kind, type Kind } from "../../src/projections/store/rows.ts";
import { isDamage, ViewStore } from "../../src/projections/store/store.ts";
import type { View } from "../../src/projections/view.ts";
import { deadLetters } from "../../src/projections/views/deadletters.ts";
import { folder } from "../support/folder.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { views } from "./support.ts";
import { MemorySource } from "../support/stream.ts";
import { silent } from "../support/silent.ts";
import { entry } from "./traffic.mjs";

const oddKey: Kind<number> = kind("odd");
/** The second message of the story. */
const POISON = 5;

/** A view that writes a row and then, so often, fails at one entry. */
function odd(failures: number): View & { tries: number } {
  return {
    name: "odd",
    version: 1,
    of: "mailboxes",
    kinds: ["odd"],
    reads: [],
    tries: 0,
    project(rows, { owner, peer }) {
      rows.put(oddKey(owner), (rows.get(oddKey(owner)) ?? 0) + 1);
      if (`${owner}>${peer}` !== "alice>bob" || this.tries >= failures) return;
      this.tries++;
      throw new TypeError("peer is undefined");
    },
  };
}

/** The views of a story of eight entries, with one more view, and what was logged. */
async function projected(view: View) {
  const stream = new MemorySource();
  stream.store(...Array.from({ length: 8 }, (_, i): Entry => entry(i + 1)));
  const store = await ViewStore.open({ dir: folder(), log: silent });
  onTestFinished(() => store.close());
  const logged: { level: number; error?: string; seq?: number; tries?: number }[] = [];
  const log = pino(
    { serializers: { error: (error: Error) => error.stack } },
    { write: (line) => void logged.push(JSON.parse(line) as (typeof logged)[number]) },
  );
  const rows = store.table;
  const runner = await Runner.start(stream, rows, log, [...viewsOf("MAILBOX_0"), view]);
  await runner.ready;
  await runner.stop();
  return { rows, runner, logged };
}

describe("a rule that fails at an entry", () => {
  test("[A7] is tried again, and then the entry is left out as a bug, with all that the rule has written", async () => {
    const view = odd(Infinity);
    const { rows, runner } = await projected(view);
    expect(runner.applied).toBe(8);
    expect(view.tries).toBeGreaterThanOrEqual(3);
    const { count, bugs, newest } = deadLetters(rows);
    expect(count).toBe(bugs);
    expect(newest).toContainEqual({ seq: POISON, owner: "alice", why: "bug", reason: "TypeError" });
    const left = newest.map(({ seq }) => seq);
    const shown = views(rows, "alice").history("bob").messages;
    expect(shown.filter(({ seq }) => left.includes(seq))).toEqual([]);
    expect(rows.get(oddKey("bob"))).toBeGreaterThan(0);
    expect(rows.get(oddKey("alice"))).toBeUndefined();
  });

  test("is said with its stack, and how often it was tried", async () => {
    const { logged } = await projected(odd(Infinity));
    const said = logged.filter(({ seq, tries }) => seq === POISON && tries !== undefined);
    expect(said.map(({ level, tries }) => [level, tries])).toEqual([
      [50, 1],
      [50, 2],
      [50, 3],
    ]);
    expect(said[0]?.error).toMatch(/TypeError: peer is undefined\n\s+at .*bugs\.spec\.ts/);
  });

  test("once, and then no more, costs nothing", async () => {
    const { rows } = await projected(odd(1));
    expect(deadLetters(rows)).toMatchObject({ count: 0, bugs: 0 });
    expect(rows.get(oddKey("alice"))).toBeGreaterThan(0);
  });

  test("because rows cannot be written is no bug", () => {
    class Full extends MemoryRows {
      override put(): void {
        throw new StoreError(new Error("MDB_MAP_FULL"));
      }
    }
    const parts = { views: VIEWS, bugs: new Bugs(silent) };
    expect(() => projectAll(new Full(), [entry(1)], parts)).toThrow(StoreError);
  });

  test("because the file is damaged is told as damage, for the file to be mended", () => {
    const corrupted = Object.assign(new Error("MDB_CORRUPTED"), { code: -30_796 });
    expect(isDamage(new StoreError(corrupted))).toBe(true);
    expect(isDamage(new StoreError(new Error("no space left on device")))).toBe(false);
  });
});

test("[A7] entries that cannot be read are all counted, and ten a minute are said", () => {
  const logged: { msg: string; leftOut?: number }[] = [];
  const log = pino({}, { write: (line) => void logged.push(JSON.parse(line)) });
  const rows = new MemoryRows();
  const garbage = Array.from({ length: 500 }, (_, i) => ({ ...entry(i + 1), raw: "{" }));
  projectAll(rows, garbage, { views: VIEWS, bugs: new Bugs(log) });
  expect(deadLetters(rows).count).toBe(500);
  expect(logged.map(({ msg }) => msg)).toEqual(Array(10).fill("entry left out of the views"));
});

test("[A8] views stop at an entry that is newer than this version, with all that lies before it", async () => {
  const stream = new MemorySource();
  stream.rules = RULES + 1;
  const newer = { ...entry(5), raw: '{"type":"MessageEdited","author":"alice"}' };
  stream.store(...[1, 2, 3, 4].map((seq) => entry(seq)), newer, entry(6));
  const store = await ViewStore.open({ dir: folder(), log: silent });
  onTestFinished(() => store.close());
  const runner = await Runner.start(stream, store.table, silent);
  await runner.ready;
  expect(runner.trouble).toBe("entry 5 is newer than this version");
  expect(runner.applied).toBe(4);
  expect(deadLetters(store.table).count).toBe(0);
  await runner.stop();
  expect(runner.applied).toBe(4);
});
