import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";

const SCRIPTS = join(import.meta.dirname, "../../scripts");

/** A script as on a desk where neither nats-server nor browser can be had: exit code and output. */
async function run(script: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const outside = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  const child = spawn(process.execPath, [join(SCRIPTS, script), ...args], {
    env: { ...Object.fromEntries(outside), NATS_SERVER: "/missing", CHROMIUM: "/missing" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

test("npm test runs a pure spec with no nats-server, no browser and no build", async () => {
  const { code, said } = await run("test.mjs", "test/rules/watermarks.spec.ts");
  expect(code).toBe(0);
  expect(said).not.toMatch(/nats-server|chromium|building/);
  expect(said).toMatch(/\n\d+ passed, 0 failed\n$/);
});

test("npm test says which need of a broker spec is missing", async () => {
  const { code, said } = await run("test.mjs", "test/broker/durability.spec.ts");
  expect(code).toBe(1);
  expect(said).toContain("NATS_SERVER names no nats-server that runs");
  expect(said).toContain("✗ nats-server");
});

test("npm run test:watch refuses specs of the built program, which an edit does not reach", async () => {
  const { code, said } = await run("watch.mjs", "test/e2e");
  expect(code).toBe(1);
  expect(said).toBe("posthorn: specs of the built program cannot be watched: npm test runs them\n");
});
