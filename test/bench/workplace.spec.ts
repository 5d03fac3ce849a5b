import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { commandOf } from "../../scripts/broker/pid.mjs";
import { PATIENCE } from "../support/patience.ts";

const HERE = pathToFileURL(join(import.meta.dirname, "workplace.mjs")).href;
/** A bench that has started a process, says where and which, and then waits or fails. */
const program = (then: string): string => `
  import { spawn } from "node:child_process";
  import { workplace } from ${JSON.stringify(HERE)};
  const here = workplace("spec");
  const child = here.keep(spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", here.dir]));
  console.log(JSON.stringify([here.dir, child.pid]));
  ${then}`;

test.each([
  ["by Ctrl-C", "setInterval(() => {}, 1000)", "SIGINT", 130],
  ["by an error", "throw new Error('broken')", undefined, 1],
] as const)(
  "a bench that ends %s leaves neither folder nor process",
  async (_, then, signal, code) => {
    const bench = spawn(process.execPath, ["--input-type=module", "-e", program(then)]);
    const ended = once(bench, "exit");
    const [line] = (await once(bench.stdout, "data")) as [Buffer];
    const [dir, pid] = JSON.parse(String(line)) as [string, number];
    if (signal !== undefined) bench.kill(signal);
    expect((await ended)[0]).toBe(code);
    expect(existsSync(dir)).toBe(false);
    await vi.waitFor(() => expect(commandOf(pid)?.includes(dir) ?? false).toBe(false), PATIENCE);
  },
);
