import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { Runner } from "../../src/projections/runner.ts";
import { folderOf, ViewStore } from "../../src/projections/store/store.ts";
import { verify, type Verdict } from "../../src/projections/verify.ts";
import { beginning } from "./support.ts";
import { folder } from "../support/folder.ts";
import { MemorySource } from "../support/stream.ts";
import { silent } from "../support/silent.ts";
import { entry } from "./traffic.mjs";

const active = (seq: number, owner: string): Entry => {
  const raw = JSON.stringify({ type: "UserActive", action: "read" });
  return { kind: "activity", owner, seq, at: 1_000_000 + seq, raw };
};

/** Views of 40 entries and of two users' activity, and what verifying says. */
async function views() {
  const dir = folder();
  const mailbox = new MemorySource();
  const activity = new MemorySource("ACTIVITY");
  mailbox.store(...Array.from({ length: 40 }, (_, i) => entry(i + 1)));
  activity.store(active(1, "alice"), active(2, "bob"));
  const sources = [mailbox, activity];
  const open = (stream: string) => ViewStore.open({ dir: folderOf(dir, stream), log: silent });
  const [store, seen] = [await open("MAILBOX_0"), await open("ACTIVITY")];
  onTestFinished(() => Promise.all([store.close(), seen.close()]).then(() => undefined));
  const catchUp = async (): Promise<void> => {
    for (const [source, { table }] of [[mailbox, store] as const, [activity, seen] as const]) {
      const runner = await Runner.start(source, table, silent);
      await runner.ready;
      await runner.stop();
    }
  };
  await catchUp();
  const verdicts = (): Promise<Verdict[]> =>
    verify(dir, join(folder(), "scratch"), sources, silent);
  return { store, mailbox, activity, catchUp, verdicts };
}

describe("verifying", () => {
  test("[V1] finds nothing in views that nobody has touched", async () => {
    const { verdicts } = await views();
    expect(await verdicts()).toEqual([
      { stream: "MAILBOX_0", seq: 40, same: expect.any(Number), unproven: 0 },
      { stream: "ACTIVITY", seq: 2, same: 2, unproven: 0 },
    ]);
  });
  test("compares at the seq of the views, however far the stream is by then", async () => {
    const { verdicts, mailbox } = await views();
    mailbox.store(...[41, 42, 43].map(entry));
    expect((await verdicts())[0]).toMatchObject({ seq: 40, unproven: 0 });
    expect((await verdicts())[0]?.differs).toBeUndefined();
  });
  test("names the first key that was changed, added or lost", async () => {
    const { verdicts, store } = await views();
    const table = store.table;
    const at = table.checkpoint() ?? beginning("");
    table.commit(at, at.seq, (rows) => rows.put("sends/zoe", []));
    expect((await verdicts())[0]?.differs).toBe("sends/zoe");
    table.commit(at, at.seq, (rows) => rows.put("read/alice/bob/00000000005", 1));
    expect((await verdicts())[0]?.differs).toBe("read/alice/bob/00000000005");
    table.commit(at, at.seq, (rows) => rows.remove("chat/alice/bob"));
    expect((await verdicts())[0]?.differs).toBe("chat/alice/bob");
  });
  test("does not blame the views for activity that the stream has forgotten", async () => {
    const { verdicts, activity } = await views();
    activity.entries.splice(0, 1);
    activity.store(active(3, "carol"), active(4, "alice"));
    activity.batchMax = 1;
    expect((await verdicts())[1]).toEqual({ stream: "ACTIVITY", seq: 2, same: 1, unproven: 1 });
  });
  test("does not blame them for what lay behind an entry of somebody's activity that cannot be read", async () => {
    const { verdicts, activity, catchUp } = await views();
    // Of each user the stream keeps the last entry.
    activity.store({ ...active(3, "alice"), raw: "{" });
    await catchUp();
    activity.entries.splice(0, 1);
    const alone = { stream: "ACTIVITY", seq: 3, same: 1, unproven: 0 };
    expect((await verdicts())[1]).toEqual(alone);
    activity.store(active(4, "alice"));
    await catchUp();
    activity.entries.splice(1, 1);
    expect((await verdicts())[1]).toEqual({ ...alone, seq: 4, same: 2 });
  });
  test("does blame them for activity that never was", async () => {
    const { verdicts, activity } = await views();
    activity.entries.splice(0, 1);
    expect((await verdicts())[1]?.differs).toBe("seen/alice");
  });
  test("says when the views are of another life of the stream", async () => {
    const { verdicts, mailbox } = await views();
    mailbox.epoch = "second";
    expect((await verdicts())[0]?.missing).toBe("no views of this stream");
  });
});
