import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandOf } from "../../scripts/broker/pid.mjs";
import { hold, holdWhenFree } from "../../scripts/lock.mjs";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "posthorn-lock-"));
  file = join(dir, "lock");
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Another process, which does nothing until it is killed. */
async function other(): Promise<{ pid: number; kill(): Promise<void> }> {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume(); console.log()"]);
  await once(child.stdout, "data");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { pid: child.pid ?? 0, kill };
}
const heldBy = (pid: number, command = commandOf(pid)): void =>
  writeFileSync(file, `${pid}\n${command}\n`);

describe("a lock", () => {
  test("that is free is taken, and free again afterwards", () => {
    hold(file)();
    hold(file)();
    expect(readdirSync(dir)).toEqual([]);
  });

  test("that a living process holds is refused, with its pid", async () => {
    const holder = await other();
    heldBy(holder.pid);
    expect(() => hold(file)).toThrow(`is held by process ${holder.pid}`);
    await holder.kill();
  });

  test("of a process that was killed does not count", async () => {
    const holder = await other();
    heldBy(holder.pid);
    await holder.kill();
    const release = hold(file);
    expect(readdirSync(dir)).toEqual(["lock"]);
    release();
  });

  test("does not count when the pid is by now another program's", async () => {
    const holder = await other();
    heldBy(holder.pid, "node scripts/start.mjs");
    hold(file)();
    await holder.kill();
  });

  test("that is waited for is taken as soon as its holder is gone", async () => {
    const holder = await other();
    heldBy(holder.pid);
    const waiting = holdWhenFree(file, AbortSignal.timeout(10_000));
    await holder.kill();
    (await waiting)();
  });
});
