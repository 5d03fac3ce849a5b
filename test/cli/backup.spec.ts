import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { backup } from "../../src/cli/backup.ts";
import type { Manifest } from "../../src/bundle/manifest.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { startStore, type Store } from "../broker/support.ts";
import { startBroker } from "../support/broker.ts";
import { commanded, type Ended } from "../support/command.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const run = (url: string, ...args: string[]): Promise<Ended> =>
  commanded(backup, args, { NATS_URL: url });

const NAMES = ["CHECKPOINT_0", "KV_SNAPSHOT", "MAILBOX_0", "ACTIVITY"];
const manifestOf = (dir: string): Manifest =>
  JSON.parse(readFileSync(join(dir, "manifest.json"), "utf8")) as Manifest;
const files = (dir: string): string[] => readdirSync(dir).toSorted();

let said = 0;
/** Stores entries of a user that hardly compress. */
async function say({ publisher }: Store, entries: number, bytes = 2_000): Promise<void> {
  const all = Array.from({ length: entries }, () => {
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
    return publisher.publish(factSubject("alice"), JSON.stringify({ noise }), `n:${++said}`);
  });
  await Promise.all(all);
}

describe("posthorn backup", () => {
  test("[L10] writes every stream, checkpoints first, with what is in it", async () => {
    const store = await startStore();
    await say(store, 50);
    const dir = join(folder(), "new", "bundle");
    const { code, out, err } = await run(store.broker.url, dir);
    expect(code).toBe(0);
    expect(out).toMatch(/: 4 streams, 51 entries, [\d.]+ KiB, complete\n$/);
    expect(err).toMatch(/^MAILBOX_0: 51 entries, [\d.]+ KiB$/m);
    const manifest = manifestOf(dir);
    expect(manifest).toMatchObject({ format: 1, completeAt: expect.any(String) });
    expect(manifest.pieces.map(({ name }) => name)).toEqual(NAMES);
    expect(manifest.pieces[2]).toMatchObject({
      counted: 51,
      state: { messages: 51, first_seq: 1, last_seq: 51 },
    });
    expect(files(dir)).toEqual(
      [...NAMES.map((name) => `${name}.snapshot`), "manifest.json"].toSorted(),
    );
    expect(await run(store.broker.url, dir)).toMatchObject({
      code: 1,
      err: expect.stringContaining("has the complete backup of"),
    });
  });

  test("goes on where it was cut off: what is whole is not taken again, what is not begins anew", async () => {
    const store = await startStore();
    await say(store, 20);
    const dir = folder();
    await run(store.broker.url, dir);
    const { completeAt, pieces, ...rest } = manifestOf(dir);
    // As after a kill behind the second stream, while the third was written; and one file was damaged since.
    const cut = JSON.stringify({ ...rest, pieces: pieces.slice(0, 2) });
    writeFileSync(join(dir, "manifest.json"), cut);
    rmSync(join(dir, "MAILBOX_0.snapshot"));
    writeFileSync(join(dir, "MAILBOX_0.snapshot.partial"), "half");
    truncateSync(join(dir, "KV_SNAPSHOT.snapshot"), 10);
    await say(store, 5);
    const { code, err } = await run(store.broker.url, dir);
    expect(code).toBe(0);
    expect(err).toContain("CHECKPOINT_0: is there already\nKV_SNAPSHOT: 0 entries");
    expect(err).toContain("MAILBOX_0: 26 entries");
    expect(
      manifestOf(dir)
        .pieces.map(({ name }) => name)
        .toSorted(),
    ).toEqual(NAMES.toSorted());
    expect(files(dir).filter((name) => name.endsWith(".partial"))).toEqual([]);
    expect(completeAt).toBeDefined();
  });

  test("touches no folder that has something else in it, nor the backup of another cluster", async () => {
    const [one, other] = [await startStore(), await startStore()];
    const dir = folder();
    writeFileSync(join(dir, "letters"), "mine");
    expect(await run(one.broker.url, dir)).toEqual({
      code: 1,
      out: "",
      err: `posthorn: ${dir} is not empty, and no backup: name a new folder\n`,
    });
    expect(files(dir)).toEqual(["letters"]);
    const bundle = folder();
    await run(one.broker.url, bundle);
    const before = readFileSync(join(bundle, "manifest.json"), "utf8");
    expect(await run(other.broker.url, bundle)).toMatchObject({
      code: 1,
      err: `posthorn: ${bundle} has a backup of another cluster: name a new folder\n`,
    });
    expect(readFileSync(join(bundle, "manifest.json"), "utf8")).toBe(before);
  });

  test("says which file cannot be written, and why", async () => {
    const { broker } = await startStore();
    const dir = folder();
    writeFileSync(join(dir, "file"), "");
    expect(await run(broker.url, join(dir, "file"))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/file cannot be used: .*exist/),
    });
    mkdirSync(join(dir, "bundle", "KV_SNAPSHOT.snapshot.partial", "x"), { recursive: true });
    expect((await run(broker.url, join(dir, "bundle"))).err).toMatch(/^posthorn: [^\n]+\n$/m);
  });

  test("is told when the broker goes away in the middle, ends soon, and goes on later", async () => {
    const store = await startStore();
    // More than the broker sends ahead.
    await say(store, 400, 40_000);
    const dir = folder();
    const running = run(store.broker.url, dir);
    await vi.waitFor(() => expect(existsSync(join(dir, "MAILBOX_0.snapshot.partial"))).toBe(true), {
      timeout: PATIENCE_MS,
      interval: 1,
    });
    await store.broker.kill();
    expect(await running).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        "posthorn: the connection to the broker was lost in the middle\n",
      ),
    });
    expect(manifestOf(dir).pieces.map(({ name }) => name)).toEqual(NAMES.slice(0, 2));
    await store.broker.restart();
    expect(await run(store.broker.url, dir)).toMatchObject({ code: 0 });
    expect(manifestOf(dir).pieces.find(({ name }) => name === "MAILBOX_0")?.counted).toBe(401);
  });

  test.each([
    // Blocks of 512 bytes, or of 1 KiB, that a file may have: the system refuses more as it does on a full disk.
    [64, "MAILBOX_0.snapshot"],
    [2, "manifest.json"],
  ])(
    "with room for %d blocks says that the disk is full, and goes on when there is more",
    async (blocks, name) => {
      const store = await startStore();
      await say(store, 200);
      const dir = join(folder(), "bundle");
      const bin = join(import.meta.dirname, "../../src/cli.ts");
      const args = [
        "-c",
        `ulimit -f ${blocks}; exec "$0" --import tsx "$1" backup "$2"`,
        process.execPath,
        bin,
        dir,
      ];
      const env = { PATH: process.env["PATH"], NATS_URL: store.broker.url };
      const child = spawn("/bin/sh", args, { env, stdio: ["ignore", "ignore", "pipe"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      let err = "";
      child.stderr.on("data", (text) => (err += String(text)));
      expect(await once(child, "close")).toEqual([1, null]);
      expect(err.split("\n").at(-2)).toBe(
        `posthorn: ${join(dir, name)} cannot be written: the disk is full`,
      );
      expect(await run(store.broker.url, dir)).toMatchObject({ code: 0 });
    },
  );

  test("has nothing to do where there are no streams, and all of them where one is missing", async () => {
    const empty = await startBroker();
    onTestFinished(() => empty.stop());
    const dir = folder();
    expect(await run(empty.url, dir)).toMatchObject({
      code: 1,
      err: "posthorn: the broker has no streams of Posthorn\n",
    });
    const { broker, topology } = await startStore();
    await topology.jsm.streams.delete("ACTIVITY");
    expect(await run(broker.url, dir)).toMatchObject({
      code: 1,
      err: "posthorn: the broker has no stream ACTIVITY\n",
    });
    expect(files(dir)).toEqual([]);
  });

  test.each([[[]], [[""]], [["one", "two"]], [["one", "--replace"]]])(
    "ends with 2 and one sentence, and asks no broker, when it is called with %j",
    async (args) => {
      const { code, err } = await run("nats://127.0.0.1:1", ...args);
      expect(code).toBe(2);
      expect(err).toMatch(/^posthorn: [^\n]+\n$/);
    },
  );

  test("ends with 4 when NATS cannot be reached", async () => {
    expect(await run("nats://127.0.0.1:1", folder())).toMatchObject({ code: 4 });
  });
});
