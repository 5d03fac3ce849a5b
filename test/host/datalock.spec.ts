import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { DataLock } from "../../src/host/datalock.ts";
import { placeOfPids, sightOf } from "../../src/host/kernel.ts";
import { StartError } from "../../src/start-error.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { stopwatch } from "../support/stopwatch.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = folder();
  file = join(dir, "server.lock");
});

async function held(sight = sightOf): Promise<DataLock> {
  const lock = new DataLock(dir, silent, sight);
  await lock.start();
  onTestFinished(() => lock.stop());
  return lock;
}
/** A process that does nothing, until the end of the test. */
function idle(): ChildProcess & { pid: number } {
  const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  return child as ChildProcess & { pid: number };
}
async function beganOf(pid: number): Promise<string> {
  const seen = await sightOf(pid);
  return seen.is === "there" ? seen.began : "";
}
const heldBy = (pid: number, more: { place?: string; began?: string } = {}): void =>
  writeFileSync(file, JSON.stringify({ id: "another", pid, host: "another-host", ...more }));
/** The lock as a process of this kernel holds it. */
const heldHere = async (pid: number, began?: string): Promise<void> =>
  heldBy(pid, { place: (await placeOfPids()) ?? "", began: began ?? (await beganOf(pid)) });
const holder = (): unknown => JSON.parse(readFileSync(file, "utf8"));
/** Touches the lock as its holder would; one that is just being taken may be away. */
function beating(): NodeJS.Timeout {
  const timer = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }, 50);
  onTestFinished(() => clearInterval(timer));
  return timer;
}

describe("[O5] the lock of a data folder", () => {
  test("[O5] is refused in one sentence where nothing can be written, as on a full disk", async () => {
    writeFileSync(file, "");
    const onFile = new DataLock(file, silent).start();
    await expect(onFile).rejects.toThrow(/^DATA_DIR cannot be written: ENOTDIR/);
    await expect(onFile).rejects.toBeInstanceOf(StartError);
  });

  test("that is free is taken, and free again behind the stop", async () => {
    for (const _ of [1, 2]) {
      const lock = await held();
      expect(readdirSync(dir)).toEqual(["server.lock"]);
      await lock.stop();
      expect(readdirSync(dir)).toEqual([]);
    }
  });

  test("that a server holds is refused to another, with its pid and host", async () => {
    await held();
    const sentence = `is held by process ${process.pid} on ${hostname()}, which runs`;
    await expect(held()).rejects.toThrow(sentence);
    expect(readdirSync(dir)).toEqual(["server.lock"]);
  });

  test("of a process that was killed on this host is taken at once", async () => {
    const child = idle();
    await heldHere(child.pid);
    child.kill("SIGKILL");
    await once(child, "exit");
    const took = stopwatch();
    await held();
    expect(took()).toBeLessThan(4_000);
    expect(holder()).toMatchObject({ pid: process.pid });
  });

  test("of a killed process whose pid is another's by now is taken at once", async () => {
    await heldHere(idle().pid, "1");
    beating();
    await held();
    expect(holder()).toMatchObject({ pid: process.pid });
  });

  test("of a process that is paused counts, however long nobody touches it", async () => {
    const child = idle();
    await heldHere(child.pid);
    child.kill("SIGSTOP");
    await expect(held()).rejects.toThrow(`is held by process ${child.pid} on another-host`);
    expect(readdirSync(dir)).toEqual(["server.lock"]);
  });

  test("of another container, whose server has the same pid, counts while it is touched", async () => {
    heldBy(process.pid, { place: "another kernel", began: await beganOf(process.pid) });
    beating();
    await expect(held()).rejects.toThrow("on another-host, which runs");
  });

  test("of a process of which nobody can tell whether it is there counts while it is touched, and no longer", async () => {
    const hidden = async () => ({ is: "hidden" }) as const;
    await heldHere(idle().pid);
    const touching = beating();
    await expect(held(hidden)).rejects.toThrow("on another-host, which runs");
    clearInterval(touching);
    await held(hidden);
    expect(holder()).toMatchObject({ pid: process.pid });
  });

  test("of a process that could not tell when it began counts while it is touched", async () => {
    heldBy(idle().pid, { place: (await placeOfPids()) ?? "" });
    beating();
    await expect(held()).rejects.toThrow("on another-host, which runs");
  });

  test.each([
    ["of another host", JSON.stringify({ id: "x", pid: 1, host: "another" })],
    ["that is empty", ""],
    ["that names nobody", "{}"],
  ])("%s is taken when nobody touches it", async (_, text) => {
    writeFileSync(file, text);
    await held();
    expect(holder()).toMatchObject({ pid: process.pid });
    expect(readdirSync(dir)).toEqual(["server.lock"]);
  });

  test("goes to one of those who find it dead at the same moment", async () => {
    await heldHere(idle().pid, "1");
    const found = await Promise.allSettled(Array.from({ length: 8 }, () => held()));
    expect(found.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("has nothing beside it that a start has left which was killed", async () => {
    writeFileSync(`${file}.0f6c`, "moved away");
    await held();
    expect(readdirSync(dir)).toEqual(["server.lock"]);
  });

  test("that another has taken meanwhile is not touched any more, which is said, nor removed by the stop", async () => {
    const lock = await held();
    heldBy(1);
    utimesSync(file, 1, 1);
    await expect(lock.lost).rejects.toThrow(
      `${file} is held by process 1 on another-host now, so this server ends`,
    );
    expect(statSync(file).mtimeMs).toBe(1_000);
    await lock.stop();
    expect(holder()).toMatchObject({ id: "another" });
  });

  test("that somebody has removed is taken again", async () => {
    const lock = await held();
    rmSync(file);
    await expect.poll(holder).toMatchObject({ pid: process.pid });
    await lock.stop();
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("a process", () => {
  test("that has ended, and that nobody has asked about, is gone", async () => {
    const child = spawn("/bin/sh", ["-c", "true & echo $!; exec sleep 60"]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const [pid] = (await once(child.stdout, "data")) as [Buffer];
    await expect.poll(() => sightOf(Number(String(pid)))).toEqual({ is: "gone" });
    expect(await sightOf(child.pid ?? 0)).toMatchObject({ is: "there" });
  });

  test("that is not shown, or cannot be read, is hidden as long as its pid names one", async () => {
    const child = idle();
    mkdirSync(join(dir, `${child.pid}`, "stat"), { recursive: true });
    expect(await sightOf(process.pid, dir), "nothing is shown").toEqual({ is: "hidden" });
    expect(await sightOf(child.pid, dir), "not to be read").toEqual({ is: "hidden" });
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await sightOf(child.pid, dir)).toEqual({ is: "gone" });
  });
});
