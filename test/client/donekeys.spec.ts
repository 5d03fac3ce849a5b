import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Keys } from "../../src/client/outbox/keys.ts";
import { KeysFile } from "../../src/client/storage/keysfile.ts";
import { folder } from "../support/folder.ts";
import type { DoneKey } from "../../src/client/storage/storage.ts";

describe("keys of sends that are done", () => {
  const HOUR = 3_600_000;
  const book = (): { keys: Keys; kept: Map<string, DoneKey>; clock: { now: number } } => {
    const kept = new Map<string, DoneKey>();
    const clock = { now: 100 * HOUR };
    const keys = new Keys({
      keep: (key, done) => void (done ? kept.set(key, done) : kept.delete(key)),
      void: () => kept.clear(),
      now: () => clock.now,
    });
    return { keys, kept, clock };
  };

  test("are known for a day", () => {
    const { keys, kept, clock } = book();
    keys.note({ key: "old", cid: "a.1" });
    clock.now += 23 * HOUR;
    keys.note({ key: "new", cid: "a.2" });
    expect([...kept.keys()]).toEqual(["old", "new"]);
    clock.now += HOUR;
    keys.note({ key: "newer", cid: "a.3" });
    expect([...kept.keys()]).toEqual(["new", "newer"]);
    expect(keys.find("old")).toBe(undefined);
  });

  test("are those of the first send, and all of them are forgotten at once, in the storage too", () => {
    const { keys, kept, clock } = book();
    keys.note({ cid: "a.1" });
    expect(kept.size).toBe(0);
    keys.note({ key: "k", cid: "a.2" });
    clock.now += HOUR;
    keys.note({ key: "k", cid: "a.3" });
    expect([keys.find("k"), kept.get("k")]).toMatchObject([{ cid: "a.2" }, { cid: "a.2" }]);
    keys.clear();
    expect([keys.all, kept.size]).toEqual([[], 0]);
  });

  test("are the last ten thousand", () => {
    const { keys, kept } = book();
    for (let i = 0; i <= 10_000; i++) keys.note({ key: `${i}`, cid: `a.${i}` });
    expect([kept.size, keys.find("0"), keys.find("1")?.cid]).toEqual([10_000, undefined, "a.1"]);
  });

  test("are taken from the storage, but for those that are too old", () => {
    const { keys, kept, clock } = book();
    const of = (key: string, at: number): DoneKey => ({ key, cid: "a.1", at });
    keys.note({ key: "mine", cid: "a.9" });
    kept.set("old", of("old", 0));
    keys.load([of("young", clock.now - HOUR), of("old", 0)]);
    expect(keys.all.map(({ key }) => key)).toEqual(["young", "mine"]);
    expect(kept.has("old")).toBe(false);
  });
});

test("[C7] half a line of their file, as a crash leaves it, takes none of the later ones with it", async () => {
  const path = join(folder(), "keys.jsonl");
  const of = (key: string): DoneKey => ({ key, cid: `${key}.1`, at: 1 });
  await new KeysFile(path).save("life", { done: [of("before")] });
  await appendFile(path, '{"key":"ha');
  const crashed = new KeysFile(path);
  await crashed.load("life");
  await crashed.save("life", { done: [of("after")] });
  const file = new KeysFile(path);
  await file.load("life");
  expect([...file.all.keys()]).toEqual(["before", "after"]);
});
