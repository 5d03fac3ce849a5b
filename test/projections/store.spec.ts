import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { open } from "../../src/events/entry.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import { MovedError, type Table } from "../../src/projections/store/table.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { beginning } from "./support.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { entry } from "./traffic.mjs";

const WRITER = fileURLToPath(new URL("writer.mjs", import.meta.url));

const store = (dir: string, bytesMax?: number): Promise<ViewStore> =>
  ViewStore.open({ dir, log: silent, ...(bytesMax !== undefined && { bytesMax }) });

/** Every row is what a replay up to the checkpoint gives. */
function expectReplayed(table: Table): number {
  const seq = table.checkpoint()?.seq ?? 0;
  const memory = new MemoryRows();
  for (let i = 1; i <= seq; i++) project(memory, open(entry(i)), VIEWS);
  for (const [key, row] of memory.all) expect(table.get(key)).toEqual(row);
  const beyond = [...memory.all.keys()].filter((key) => key.startsWith("text/"));
  expect([...table.range("text")]).toHaveLength(beyond.length);
  return seq;
}

interface State {
  readonly checkpoint: number;
  readonly newest: number;
}

/** How far the checkpoint is, and the messages, in one state of the views. */
function stateOf(table: Table): State {
  const newest = (): number => {
    for (const [seq] of table.range("text", { reverse: true })) return seq;
    return 0;
  };
  return { checkpoint: table.checkpoint()?.seq ?? 0, newest: newest() };
}

describe("a commit", () => {
  test("keeps rows and checkpoint, across closing", async () => {
    const dir = folder();
    const first = await store(dir);
    const table = first.table;
    table.commit(table.reset(beginning("e")), 5, (rows) => rows.put("seen/bob", 7));
    await first.close();
    const again = await store(dir);
    expect(again.table.get("seen/bob")).toBe(7);
    expect(again.table.checkpoint()).toEqual({ epoch: "e", seq: 5, views: {} });
    await again.close();
  });
  test("that throws leaves everything as it was, also what it had read", async () => {
    const views = await store(folder());
    const table = views.table;
    const at = table.commit(table.reset(beginning("e")), 1, (rows) => rows.put("seen/bob", 1));
    expect(() =>
      table.commit(at, 2, (rows) => {
        rows.put("seen/bob", (rows.get<number>("seen/bob") ?? 0) + 1);
        rows.put("seen/carol", 1);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect([table.get("seen/bob"), table.get("seen/carol")]).toEqual([1, undefined]);
    table.commit(at, 2, (rows) => expect(rows.get("seen/bob")).toBe(1));
    await views.close();
  });
  test("sees its own rows in ranges, also those it has read before", async () => {
    const views = await store(folder());
    const table = views.table;
    table.commit(table.reset(beginning("e")), 1, (rows) => {
      expect(rows.get("got/a/b/00000000005")).toBeUndefined();
      rows.put("got/a/b/00000000005", "read before");
      rows.put("got/a/b/00000000006", "not read before");
      expect([...rows.range("got/a/b")]).toEqual([
        [5, "read before"],
        [6, "not read before"],
      ]);
      rows.remove("got/a/b/00000000005");
      expect([...rows.range("got/a/b", { reverse: true })]).toEqual([[6, "not read before"]]);
    });
    await views.close();
  });
  test("is refused when another process has moved the views", async () => {
    const dir = folder();
    const [mine, theirs] = [await store(dir), await store(dir)];
    const at = mine.table.reset(beginning("e"));
    theirs.table.commit(at, 3, (rows) => rows.put("seen/bob", 1));
    const late = (): unknown => mine.table.commit(at, 2, () => undefined);
    expect(late).toThrow(MovedError);
    expect(late).toThrow(expect.objectContaining({ stored: { epoch: "e", seq: 3, views: {} } }));
    await Promise.all([mine.close(), theirs.close()]);
  });
  test("is refused when the file has reached its limit, and says so", async () => {
    const views = await store(folder(), 64 * 1024);
    const table = views.table;
    let at = table.reset(beginning("e"));
    const fill = (): void => {
      for (;;) {
        const { seq } = at;
        at = table.commit(at, seq + 1, (rows) => rows.put(`seen/${seq}`, "x".repeat(10_000)));
      }
    };
    expect(fill).toThrow(/the views are full: \d+ bytes, the limit is 65536/);
    expect(table.checkpoint()).toEqual(at);
    await views.close();
  });
});

describe("views", () => {
  test("agree with their checkpoint whenever the process that writes them is killed", async () => {
    const dir = folder();
    let before = 0;
    const states: State[] = [];
    for (const commits of [60, 150, 300]) {
      const writer = spawn(process.execPath, ["--import", "tsx", WRITER, dir], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const watcher = await store(dir);
      const watching = setInterval(() => states.push(stateOf(watcher.table)), 1);
      let told = 0;
      let lines = 0;
      for await (const line of createInterface({ input: writer.stdout })) {
        told = Number(line);
        if (++lines === commits) writer.kill("SIGKILL");
      }
      clearInterval(watching);
      await watcher.close({ last: false });
      if (writer.signalCode === null) await once(writer, "exit");
      expect(writer.signalCode).toBe("SIGKILL");
      const views = await store(dir);
      const seq = expectReplayed(views.table);
      expect(seq).toBeGreaterThanOrEqual(told);
      expect(told).toBeGreaterThan(before);
      before = seq;
      await views.close();
    }
    // Every fourth entry and the one behind it are messages.
    const torn = states.filter(
      ({ checkpoint, newest }) => newest > checkpoint || newest < checkpoint - 3,
    );
    expect(torn).toEqual([]);
    expect(states.length).toBeGreaterThan(20);
  });
  test("[V5] that were being written when the machine went down are dropped unopened", async () => {
    const dir = folder();
    const killed = await store(dir);
    killed.table.reset(beginning("e"));
    await killed.close();
    writeFileSync(join(dir, "boot"), "another boot");
    writeFileSync(join(dir, "data.mdb"), "torn".repeat(10_000));
    const views = await store(dir);
    expect(views.table.checkpoint()).toBeUndefined();
    await views.close();
  });
  test.each(["data.mdb", "lock.mdb", "boot"])(
    "[V5] with something in the place of %s that is no file are dropped unopened",
    async (name) => {
      const dir = folder();
      const lies = join(dir, name);
      for (const put of [() => mkdirSync(lies), () => symlinkSync("/nowhere/at/all", lies)]) {
        put();
        const views = await store(dir);
        views.table.reset(beginning("e"));
        await views.close();
        rmSync(lies);
      }
    },
  );
  test("that were closed before the machine went down are kept", async () => {
    const dir = folder();
    const closed = await store(dir);
    closed.table.reset(beginning("e"));
    await closed.close();
    expect(readFileSync(join(dir, "boot"), "utf8")).toMatch(/^whole /);
    const views = await store(dir);
    expect(views.table.checkpoint()).toEqual(beginning("e"));
    await views.close();
  });
});
