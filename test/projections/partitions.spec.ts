import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Projections } from "../../src/projections/projections.ts";
import { folderOf, ViewStore } from "../../src/projections/store/store.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";
import { mailbox } from "../support/mailbox.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { beginning, opened } from "./support.ts";

const alice = mailbox("alice");
const bob = mailbox("bob");
const SOON = { ...PATIENCE, interval: 2 };

/** alice's mailbox lies in the first partition, everybody else's in the second. */
async function replica({ dir = folder(), bytesMax = 2 ** 30 } = {}) {
  const sources = ["MAILBOX_0", "MAILBOX_1", "ACTIVITY"].map((name) => new MemorySource(name));
  sources[0]?.store(alice.opened(1), alice.sent(4, "bob"));
  sources[1]?.store(bob.told(90, "alice", 4));
  /** By stream: whether it takes questions as one that is current; absent: it takes none. */
  const served = new Map<string, boolean>();
  const ended: string[] = [];
  const views = await Projections.start({
    sources,
    dir,
    bytesMax,
    mailboxOf: (owner) => (owner === "alice" ? "MAILBOX_0" : "MAILBOX_1"),
    onlineMs: 20_000,
    elapsed: () => 0,
    log: silent,
    serve: (stream) => {
      served.set(stream, false);
      return {
        beCurrent: (isCurrent) => void served.set(stream, isCurrent),
        end: () => {
          served.delete(stream);
          ended.push(stream);
        },
      };
    },
  });
  onTestFinished(() => views.stop());
  const ask = async (owner: string, atLeast = 0) =>
    opened(await views.ask({ view: "chats", owner, device: "phone", limit: 1, atLeast }));
  return { dir, sources, served, ended, views, ask };
}

describe("[V11] views of several streams", () => {
  test("lose one file, and only its stream is not asked until it is built anew", async () => {
    const { dir, served, ended, views, ask } = await replica();
    await views.ready;
    expect(served).toEqual(new Map([...views.runners.keys()].map((name) => [name, true])));
    rmSync(folderOf(dir, "MAILBOX_1"), { recursive: true });
    await vi.waitFor(() => expect(ended).toEqual(["MAILBOX_1"]), SOON);
    expect(await ask("alice")).toMatchObject({ seq: 4 });
    await vi.waitFor(() => expect(served.get("MAILBOX_1")).toBe(true), SOON);
    expect(ended).toEqual(["MAILBOX_1"]);
    expect(await ask("bob")).toMatchObject({ seq: 90 });
  });
  test("build one anew at the start that is damaged, and keep the others", async () => {
    const first = await replica();
    await first.views.ready;
    await first.views.stop();
    truncateSync(join(folderOf(first.dir, "MAILBOX_1"), "data.mdb"), 4_096);
    const second = await replica({ dir: first.dir });
    await second.views.ready;
    expect(second.sources.map(({ followed }) => followed)).toEqual([[4], [0], [0]]);
    expect(await second.ask("bob")).toMatchObject({ seq: 90 });
  });
  test("of which one cannot be written any more are current for the others alone", async () => {
    const { sources, served, views, ask } = await replica({ bytesMax: 256 * 1024 });
    await views.ready;
    const body = "x".repeat(4_000);
    for (let seq = 91; views.trouble === undefined; seq++) {
      sources[1]?.store(bob.told(seq, "alice", seq, body));
      await views.runners.get("MAILBOX_1")?.atLeast(seq, 1);
    }
    expect(views.trouble).toContain("the views are full");
    await vi.waitFor(() => expect(served.get("MAILBOX_1")).toBe(false), SOON);
    expect(served.get("MAILBOX_0")).toBe(true);
    // Rows that are there are still told to somebody whom no other replica has answered.
    expect(await ask("bob")).toMatchObject({ result: { chats: [{ peer: "alice" }] } });
  });
  test("answer nothing about a stream whose views another process has set back, until these are where they were", async () => {
    const { dir, sources, views, ask } = await replica();
    await views.ready;
    const other = await ViewStore.open({ dir: folderOf(dir, "MAILBOX_1"), log: silent });
    onTestFinished(() => other.close({ last: false }));
    const { table } = other;
    table.reset({ ...(table.checkpoint() ?? beginning("")), seq: 0 });
    expect(await ask("bob")).toEqual({ error: "view.behind" });
    expect(await ask("alice")).toMatchObject({ seq: 4 });
    sources[1]?.store(bob.told(91, "alice", 5));
    expect(await ask("bob", 91)).toMatchObject({ seq: 91, result: { chats: [{ unread: 2 }] } });
  });
});
