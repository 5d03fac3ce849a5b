import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const FILE = join(import.meta.dirname, "../../src/host/scavenges.ts");
/** Young collections, with much that outlives them. */
const PROGRAM = `
  import { scavengeAlone } from ${JSON.stringify(FILE)};
  scavengeAlone(Number(process.argv[1]));
  let kept = [];
  for (let i = 0; i < 3e6; i++) {
    kept.push({ i });
    if (kept.length > 1e5) kept = [];
  }
`;

/** Collections, and the shares into which they were divided, of a program on so many cores. */
function collected(cores: number) {
  const traces = ["--trace-gc", "--trace-parallel-scavenge"];
  const args = [...traces, "--import=tsx", "--input-type=module", "--eval", PROGRAM, `${cores}`];
  const lines = execFileSync(process.execPath, args, { encoding: "utf8" }).split("\n");
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  return { whole: count(/: Scavenge /), shares: count(/ scavenge\[/) };
}

test("[A9] a young collection waits for no helper where there is no core for one, and is divided where there may be", () => {
  const alone = collected(2);
  expect(alone.whole).toBeGreaterThan(0);
  // Collections before the flag was set may have been divided.
  expect(alone.shares - alone.whole).toBeLessThan(alone.whole);
  const divided = collected(4);
  expect(divided.shares).toBeGreaterThan(alone.shares);
});
