import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Projections } from "../../src/projections/projections.ts";
import { rebuild } from "../../src/projections/rebuild.ts";
import { StoreError } from "../../src/projections/store/batch.ts";
import { markOf } from "../../src/projections/store/boot.ts";
import { damageOf } from "../../src/projections/store/inspection.ts";
import { isDamage, ViewStore } from "../../src/projections/store/store.ts";
import { verify } from "../../src/projections/verify.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";
import { MemorySource } from "../support/stream.ts";
import { opened } from "./support.ts";
import { silent } from "../support/silent.ts";
import { entry } from "./traffic.mjs";

const ENTRIES = 2_000;
const SOON = { ...PATIENCE, interval: 2 };

/** Views of some 150 pages that were closed in order. `dir`: the folder of those of the mailbox stream. */
async function views() {
  const all = folder();
  const dir = join(all, "MAILBOX_0");
  const sources = [new MemorySource(), new MemorySource("ACTIVITY")];
  sources[0]?.store(...Array.from({ length: ENTRIES }, (_, i) => entry(i + 1)));
  const start = async (log = silent): Promise<Projections> => {
    const started = await Projections.start({
      sources,
      dir: all,
      mailboxOf: () => "MAILBOX_0",
      onlineMs: 20_000,
      elapsed: () => performance.now(),
      log,
    });
    onTestFinished(() => started.stop());
    await started.ready;
    return started;
  };
  await (await start()).stop();
  const scratch = `${all}-scratch`;
  const verdicts = () => verify(all, scratch, sources, silent);
  onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
  return { all, dir, file: join(dir, "data.mdb"), sources, start, verdicts };
}

const unread = {
  view: "history",
  owner: "alice",
  peer: "bob",
  limit: 1,
  atLeast: ENTRIES,
} as const;

function overwrite(file: string, from: number, bytes: Buffer): void {
  const all = readFileSync(file);
  bytes.copy(all, from);
  writeFileSync(file, all);
}

/** Things that happen to files. */
const DAMAGES: Record<string, (file: string) => void> = {
  "cut in half": (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
  "cut off behind the first page": (file) => truncateSync(file, 4_096),
  emptied: (file) => truncateSync(file, 0),
  "filled with zeros": (file) => writeFileSync(file, Buffer.alloc(statSync(file).size)),
  "filled with garbage": (file) => writeFileSync(file, randomBytes(statSync(file).size)),
  "overwritten behind its head": (file) =>
    overwrite(file, 8_192, randomBytes(statSync(file).size - 8_192)),
  "zeroed in its second half": (file) => {
    const half = Math.floor(statSync(file).size / 2);
    overwrite(file, half, Buffer.alloc(statSync(file).size - half));
  },
  "swapped for a text": (file) => writeFileSync(file, "no views\n".repeat(10_000)),
};

describe.each(Object.entries(DAMAGES))("views that were %s", (_, damage) => {
  test("[V5] are dropped unopened at start, and built anew", async () => {
    const { file, start, verdicts } = await views();
    damage(file);
    const started = await start();
    expect(opened(await started.ask(unread))).toMatchObject({ seq: ENTRIES });
    expect((await verdicts())[0]).toMatchObject({ seq: ENTRIES, unproven: 0 });
  });
  test("are said to be damaged by verifying, and mended by rebuilding", async () => {
    const { all, file, sources, verdicts } = await views();
    damage(file);
    const [mailbox, activity] = await verdicts();
    expect(mailbox?.missing).toMatch(/^the views are damaged: /);
    expect(activity?.missing).toBeUndefined();
    await rebuild({ dir: all, sources, log: silent }, () => undefined);
    expect((await verdicts())[0]).toMatchObject({ seq: ENTRIES, unproven: 0 });
    expect((await verdicts())[0]?.differs).toBeUndefined();
  });
});

test("[V5] views swapped for those of another Posthorn are built anew", async () => {
  const [mine, theirs] = [await views(), await views()];
  const [source] = mine.sources;
  if (source !== undefined) source.epoch = "another";
  await (await mine.start()).stop();
  copyFileSync(theirs.file, mine.file);
  await mine.start();
  expect((await mine.verdicts())[0]).toMatchObject({ seq: ENTRIES });
});

describe("a flipped byte", () => {
  test("in a row is found by verifying, and mended by rebuilding", async () => {
    const { all, file, sources, verdicts } = await views();
    // Wherever it stands: pages that are free have copies of it.
    const flipped = readFileSync(file, "latin1").replaceAll("phone.77", "phone.7w");
    writeFileSync(file, flipped, "latin1");
    expect((await verdicts())[0]).toMatchObject({ view: "history" });
    await rebuild({ dir: all, sources, log: silent }, () => undefined);
    expect((await verdicts())[0]?.differs).toBeUndefined();
  });
});

describe("looking at views that were closed in order", () => {
  test("costs no more than their head", async () => {
    const { file } = await views();
    const { atime, mtime } = statSync(file);
    // Nobody would notice by looking: that is what a full walk is for, and it is not made.
    const all = readFileSync(file);
    writeFileSync(file, Buffer.concat([all.subarray(0, 8_192), randomBytes(all.length - 8_192)]));
    utimesSync(file, atime, mtime);
    const mark = join(file, "..", "boot");
    const { size, mtimeNs } = statSync(file, { bigint: true });
    writeFileSync(mark, `whole ${size} ${mtimeNs}`);
    expect(await damageOf(file)).toBeUndefined();
  });
  test("is thorough when they were not closed in order twice, lest a damaged row ends every start", async () => {
    const { dir, file } = await views();
    const mark = join(dir, "boot");
    for (const expected of [/^[^ ]+$/, / again$/]) {
      // Never closed, as if killed.
      await ViewStore.open({ dir, log: silent });
      expect(readFileSync(mark, "utf8")).toMatch(expected);
    }
    expect(markOf(file)).toBe("doubtful");
  });
  test("is thorough when they were touched since", async () => {
    const { file } = await views();
    utimesSync(file, new Date(), new Date());
    expect(await damageOf(file)).toBeUndefined();
    overwrite(file, 8_192, randomBytes(statSync(file).size - 8_192));
    expect(await damageOf(file)).toMatch(/^reading it ends with /);
  });
});

describe("when the folder of the views goes while they are kept", () => {
  test("that is said, and they come back", async () => {
    const { dir, file, start, verdicts } = await views();
    const started = await start();
    rmSync(dir, { recursive: true });
    await vi.waitFor(() => expect(started.trouble ?? "").toContain("the file has gone"), SOON);
    await vi.waitFor(() => expect(started.trouble).toBeUndefined(), SOON);
    expect(existsSync(file)).toBe(true);
    expect(opened(await started.ask(unread))).toMatchObject({ seq: ENTRIES });
    expect((await verdicts())[0]).toMatchObject({ seq: ENTRIES });
  });
  test("questions are refused for now, and nothing is written where nobody looks", async () => {
    const { dir, sources, start } = await views();
    const started = await start();
    renameSync(dir, `${dir}-aside`);
    onTestFinished(() => rmSync(`${dir}-aside`, { recursive: true, force: true }));
    const before = readFileSync(join(`${dir}-aside`, "data.mdb"));
    expect(opened(await started.ask({ ...unread, atLeast: 0 }))).toEqual({
      error: "unavailable",
    });
    sources[0]?.store(entry(ENTRIES + 1));
    await vi.waitFor(
      async () =>
        expect(opened(await started.ask({ ...unread, atLeast: ENTRIES + 1 }))).toMatchObject({
          seq: ENTRIES + 1,
        }),
      PATIENCE_MS,
    );
    expect(readFileSync(join(`${dir}-aside`, "data.mdb")).equals(before)).toBe(true);
  });
});

describe("when LMDB says that a page is not what it should be", () => {
  const word = Object.assign(new Error("MDB_PAGE_NOTFOUND: Requested page not found"), {
    code: -30_797,
  });

  test("that is told from a full disk", () => {
    expect(isDamage(new StoreError(word))).toBe(true);
    expect(isDamage(new StoreError(new Error("the views are full")))).toBe(false);
  });
  test("the file is dropped and the views are built anew", async () => {
    const { file, start } = await views();
    const started = await start();
    const { birthtimeNs } = statSync(file, { bigint: true });
    started.runners.get("MAILBOX_0")?.noteDamage(word);
    await vi.waitFor(() => expect(started.trouble ?? "").toContain("MDB_PAGE_NOTFOUND"), SOON);
    await vi.waitFor(() => expect(started.trouble).toBeUndefined(), SOON);
    expect(statSync(file, { bigint: true }).birthtimeNs).not.toBe(birthtimeNs);
    expect(opened(await started.ask(unread))).toMatchObject({ seq: ENTRIES });
  });
  test("a folder that cannot be used is tried again until it can", async () => {
    const { dir, start } = await views();
    const lines: string[] = [];
    const started = await start(pino({}, { write: (line) => void lines.push(line) }));
    renameSync(dir, `${dir}-away`);
    writeFileSync(dir, "");
    started.runners.get("MAILBOX_0")?.noteDamage(word);
    await vi.waitFor(() => expect(lines.join("")).toContain("views cannot be opened"), SOON);
    expect(started.trouble).toContain("views are built anew");
    rmSync(dir);
    await vi.waitFor(() => expect(started.trouble).toBeUndefined(), SOON);
    expect(opened(await started.ask(unread))).toMatchObject({ seq: ENTRIES });
  });
});
