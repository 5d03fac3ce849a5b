import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { COLLECTION, fileOf, LEAST_MS, longestLap, now } from "../../bench/laps.mjs";
import { folder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";

const PRELOAD = join(import.meta.dirname, "../../bench/lap.mjs");
const TURN_MS = 30;

/** Two turns behind each other that hold the loop, behind a start that does, too; says when the first of them began. */
const PROGRAM = `
  const hold = () => { for (const end = performance.now() + ${TURN_MS}; performance.now() < end; ); };
  const wait = (until, then) => (performance.now() < until ? setImmediate(wait, until, then) : then());
  const first = () => { console.log(process.pid, Number(process.hrtime.bigint()) / 1e6); hold(); setImmediate(second); };
  const second = () => { hold(); wait(performance.now() + 20, () => undefined); };
  wait(performance.now() + 20, first);
`;

/** The longest turn of the program, and that of the time behind it. */
function turns() {
  const directory = folder();
  const said = execFileSync(process.execPath, ["--import", PRELOAD, "--eval", PROGRAM], {
    encoding: "utf8",
    env: { ...process.env, BENCH_LAPS_DIR: directory },
  });
  const [pid = 0, from = 0] = said.split(" ").map(Number);
  const ended = now();
  return {
    longest: longestLap(directory, pid, from, ended),
    behind: longestLap(directory, pid, ended, now()),
  };
}

test("a turn of the server's main thread is as long as what holds it, and two are not one", async () => {
  const nothing = { own: LEAST_MS, work: LEAST_MS, cpu: LEAST_MS, all: LEAST_MS };
  // On a busy machine a thread waits for its helpers, too, which have no core: nobody tells of that, so it is run again.
  await vi.waitFor(() => {
    const { longest, behind } = turns();
    const { own, cpu, all } = longest;
    expect(all).toBeGreaterThanOrEqual(TURN_MS);
    expect(own).toBeGreaterThan(LEAST_MS);
    expect(own).toBeLessThan(2 * TURN_MS);
    expect(cpu).toBeLessThan(2 * TURN_MS);
    expect(behind).toEqual(nothing);
  }, PATIENCE);
});

test("a turn is known without the collections of garbage that fell into it", () => {
  const directory = folder();
  const lines = [
    "120 18 17 20",
    `${COLLECTION} 99 50`,
    `${COLLECTION} 110 4`,
    `${COLLECTION} 115 5`,
    "130 8 7 9",
  ];
  writeFileSync(join(directory, fileOf(1)), `${lines.join("\n")}\n`);
  expect(longestLap(directory, 1, 100, 200)).toEqual({ own: 18, work: 9, cpu: 17, all: 20 });
});
