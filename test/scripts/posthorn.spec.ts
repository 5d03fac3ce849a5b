import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { pidIn, commandOf } from "../../scripts/broker/pid.mjs";

const SCRIPT = join(import.meta.dirname, "../../scripts/posthorn.mjs");

test("[O1] a command in a stopped folder of npm start runs that folder's nats-server itself, and ends it", async () => {
  const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "posthorn-command-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  /** Runs it. Resolves with its code and what it has said. */
  const command = async (...args: string[]): Promise<[code: number, said: string]> => {
    const { NATS_URL: _, ...env } = process.env;
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      env: { ...env, DATA_DIR: dir },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    return [code, said];
  };
  expect(await command("init")).toEqual([
    0,
    expect.stringContaining("the streams are there: 1 of"),
  ]);
  const bundle = join(dir, "bundle");
  expect(await command("backup", bundle)).toEqual([0, expect.stringContaining("complete")]);
  expect(existsSync(join(bundle, "manifest.json"))).toBe(true);
  const pid = pidIn(join(dir, "nats", "nats.pid")) ?? 0;
  expect(commandOf(pid) ?? "").not.toContain(dir);
});
