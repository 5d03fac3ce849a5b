import fc from "fast-check";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { rebuild } from "../../src/projections/rebuild.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { Runner } from "../../src/projections/runner.ts";
import { folderOf, ViewStore } from "../../src/projections/store/store.ts";
import { verify } from "../../src/projections/verify.ts";
import type { Answers } from "../../src/protocol/frames/reply.ts";
import type { Query } from "../../src/protocol/internal/query.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { G, group, made } from "./groupanswers.ts";
import { play, steps } from "./grouphistories.ts";

/** Views of a stream on a disk, brought up to it and closed. */
async function broughtUp(dir: string, source: MemorySource): Promise<void> {
  const store = await ViewStore.open({ dir: folderOf(dir, source.name), log: silent });
  const runner = await Runner.start(source, store.table, silent);
  await runner.ready;
  await runner.stop();
  await store.close();
}

/** A stream with groups of which much is known. */
function crowded(): MemorySource {
  const source = new MemorySource();
  const runs = fc.sample(steps, { numRuns: 40, seed: 22 }).toSorted((a, b) => b.length - a.length);
  source.store(...play(runs[0] ?? []).entries);
  return source;
}

test("[V1] each view of groups that is dropped and rebuilt comes out the same, and verifies", async () => {
  const [dir, source] = [folder(), crowded()];
  await broughtUp(dir, source);
  const verdicts = () => verify(dir, join(folder(), "scratch"), [source], silent);
  const [before] = await verdicts();
  expect(before).toMatchObject({ unproven: 0, same: expect.any(Number) });
  expect(before?.differs).toBeUndefined();
  for (const name of ["groups", "grouphistory", "groupstatus", "stays"]) {
    await rebuild({ dir, sources: [source], view: name, log: silent }, () => undefined);
    expect(await verdicts()).toEqual([before]);
  }
});

test("[V1] verifying names a row of a group that somebody has changed", async () => {
  const [dir, source] = [folder(), crowded()];
  await broughtUp(dir, source);
  const store = await ViewStore.open({ dir: folderOf(dir, source.name), log: silent });
  const at = store.table.checkpoint();
  if (at === undefined) throw new Error("no checkpoint");
  store.table.commit(at, at.seq, (rows) => rows.put("tick/g-zzz/00000000001", [1, [], []]));
  await store.close();
  const [verdict] = await verify(dir, join(folder(), "scratch"), [source], silent);
  expect(verdict).toMatchObject({ differs: "tick/g-zzz/00000000001", view: "groupstatus" });
});

test("[G10] a group whose stream was rolled back is what the log has by now", async () => {
  const [dir, source] = [folder(), new MemorySource()];
  const put = (...entries: Entry[]): void =>
    source.store(
      ...entries.map((each) => ({ ...each, instant: `1795000${each.at}`.padEnd(19, "0") })),
    );
  const receipts = group.gathered(14, { read: [[12, ["bob", "carol"]]] });
  const removal = group.changed(16, "alice", { do: "remove", user: "bob" });
  put(made, group.said(12, "alice"), receipts, removal);
  await broughtUp(dir, source);
  // It came back without the receipts and the removal, and went on.
  source.entries.splice(2);
  source.marks = [{ generation: 1, from: 13, before: "1795000200001200000" }];
  put(group.said(15, "bob"), group.gathered(17, { read: [[12, ["bob"]]] }, { in: 1 }));
  await broughtUp(dir, source);
  const store = await ViewStore.open({ dir: folderOf(dir, source.name), log: silent });
  onTestFinished(() => store.close());
  const ask = (query: object): unknown =>
    VIEWS.find(({ name }) => name === (query as Query).view)?.answer?.(
      store.table,
      { atLeast: 0, ...query } as Query,
      { now: 0, onlineMs: 1 },
    );
  const history = { view: "grouphistory", owner: "bob", group: G, limit: 9 };
  const { messages } = ask(history) as Answers["history"];
  expect(messages).toMatchObject([{ seq: 10 }, { seq: 12 }, { seq: 15, generation: 1 }]);
  expect(messages.at(-1)).toMatchObject({ id: `${G}:${2 ** 44 + 15}` });
  const status = { view: "groupstatus", owner: "alice", id: `${G}:12` };
  expect(ask(status)).toMatchObject({ status: "sent", read: 1, of: 2 });
});
