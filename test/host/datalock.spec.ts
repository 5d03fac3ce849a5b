import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { DataLock } from "../../src/host/datalock.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = folder();
  file = join(dir, "server.lock");
});

async function held(): Promise<DataLock> {
  const lock = new DataLock(dir, silent);
  await lock.start();
  onTestFinished(() => lock.stop());
  return lock;
}
/** A process that is not there any more. */
async function gone(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? 0;
}
const heldBy = (pid: number, host = hostname()): void =>
  writeFileSync(file, JSON.stringify({ id: "another", pid, host }));
/** Touches the lock as its holder would. */
function beating(): void {
  const timer = setInterval(() => utimesSync(file, new Date(), new Date()), 50);
  onTestFinished(() => clearInterval(timer));
}

describe("[O5] the lock of a data folder", () => {
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
    heldBy(await gone());
    const before = performance.now();
    await held();
    expect(performance.now() - before).toBeLessThan(4_000);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
  });

  test("of another container, whose server has the same pid, counts while it is touched", async () => {
    heldBy(process.pid, "another-container");
    beating();
    await expect(held()).rejects.toThrow("on another-container, which runs");
  });

  test.each([
    ["of another host", JSON.stringify({ id: "x", pid: 1, host: "another" })],
    ["that is empty", ""],
    ["that names nobody", "{}"],
  ])("%s is taken when nobody touches it", async (_, text) => {
    writeFileSync(file, text);
    await held();
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(dir)).toEqual(["server.lock"]);
  });

  test("goes to one of those who find it dead at the same moment", async () => {
    heldBy(await gone());
    const found = await Promise.allSettled(Array.from({ length: 8 }, () => held()));
    expect(found.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("that another has taken meanwhile is not removed by the stop", async () => {
    const lock = await held();
    heldBy(1);
    await lock.stop();
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ id: "another" });
  });
});
