import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";

const LOG = pathToFileURL(join(import.meta.dirname, "../../dist/log.js")).href;
const MIB = 2 ** 20;
/** Lines of more than 300 bytes: five times what may wait. */
const LINES = 130_000;
/** Logs in one turn of the loop, says what that has left in memory, and waits to be ended. */
const PROGRAM = `
  const { logTo } = await import(${JSON.stringify(LOG)});
  const log = logTo("info");
  const held = () => { gc(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; };
  const before = held();
  for (let i = 0; i < ${LINES}; i++) log.info({ i, text: "x".repeat(270) }, "a line");
  process.stdout.write(String(held() - before));
  setInterval(() => {}, 1000);
`;

test("[D3] a reader of the log who stands still costs no more than 8 MiB, and what was lost is counted", async () => {
  const args = ["--expose-gc", "--input-type=module", "-e", PROGRAM];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  try {
    const [held] = (await once(child.stdout, "data")) as [Buffer];
    expect(Number(held)).toBeGreaterThan(4 * MIB);
    expect(Number(held)).toBeLessThan(24 * MIB);
    let read = "";
    child.stderr.on("data", (chunk) => (read += String(chunk)));
    await vi.waitFor(() => expect(read).toContain("lines of the log were lost"), PATIENCE_MS);
    const lines = read.split("\n").filter((line) => line.includes('"a line"')).length;
    const [, count] = /"count":(\d+),"msg":"lines of the log/.exec(read) ?? [];
    expect(lines + Number(count)).toBe(LINES);
  } finally {
    child.kill("SIGKILL");
  }
});
