import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const PORT = join(import.meta.dirname, "../../scripts/dev/port.mjs");
const COUNT = 150;
/** Looks where the others look, and lives on. */
const ASKING = `
  Math.random = () => 0;
  const { freePort } = await import(${JSON.stringify(PORT)});
  const ports = await Promise.all(Array.from({ length: ${COUNT} }, () => freePort()));
  console.log(ports.join());
  setInterval(() => undefined, 1_000);
`;

/** The ports that a process was given, which lives until the spec is over. */
async function given(): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", ASKING]);
  const over = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await over;
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return line.toString().trim().split(",");
}

test("processes that want ports at the same time are given none twice", async () => {
  const all = (await Promise.all([given(), given(), given()])).flat();
  expect(new Set(all).size).toBe(3 * COUNT);
});
