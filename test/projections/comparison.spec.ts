import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import type { SumWord } from "../../src/protocol/internal/sums.ts";
import { Comparison } from "../../src/projections/comparison.ts";
import { Runner } from "../../src/projections/runner.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import { sumOf } from "../../src/projections/summing.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { soon } from "../support/soon.ts";
import { MemorySource } from "../support/stream.ts";
import { entry } from "./traffic.mjs";

/** More turns than a place is waited for. */
const LONG = 31;
const NEVER = new AbortController().signal;

/** The views of four entries, and the comparison of them by the process "own". */
async function compared() {
  const source = new MemorySource();
  source.store(...[1, 2, 3, 4].map((seq) => entry(seq)));
  const dir = folder();
  const { table, close } = await opened(dir);
  const runner = await Runner.start(source, table, silent);
  onTestFinished(async () => {
    await runner.stop();
    await close();
  });
  await runner.ready;
  const others = new Set(["peer"]);
  const said: SumWord[] = [];
  const lines: string[] = [];
  const one = new Comparison({
    host: "own",
    dir,
    runner: () => runner,
    others: () => [...others],
    say: (word) => void said.push(word),
    elapsed: () => 0,
    pace: { everyMs: 60_000, share: 1 },
    log: pino({}, { write: (line: string) => void lines.push(line) }),
  });
  onTestFinished(() => one.stop());
  return { one, runner, others, said, lines };
}

async function opened(dir: string) {
  const store = await ViewStore.open({ dir, log: silent });
  return { table: store.table, close: () => store.close() };
}

test("[V14] a place that the stream does not come to is given up, also when all others have gone meanwhile", async () => {
  const { one, runner, others } = await compared();
  one.hear({ host: "peer", at: Number.MAX_SAFE_INTEGER });
  expect(one.isBusy).toBe(true);
  others.clear();
  for (let i = 0; i < LONG; i++) one.turn(true);
  expect(one.isBusy).toBe(false);
  expect(runner.halt.at(9, runner.applied, () => Promise.resolve())).toBe(true);
});

test("[V14] a sum is forgotten with the process that has said it", async () => {
  const { one, runner, others } = await compared();
  one.hear({ host: "peer", at: runner.applied, has: { rows: 1, sum: "0".repeat(16) } });
  others.clear();
  one.turn(true);
  others.add("peer");
  one.hear({ host: "peer", at: runner.applied });
  await soon(() => expect(one.isBusy).toBe(false));
  expect(one.differs).toBe(false);
});

test("[V14] of what is said in a peer's name the first sum of a comparison counts, and no place sooner than the next: no line more", async () => {
  const { one, runner, said, lines } = await compared();
  const place = { host: "peer", at: runner.applied };
  one.hear(place);
  await soon(() => expect(said).toHaveLength(1));
  await soon(() => expect(one.isBusy).toBe(false));
  const has = said[0]!.has!;
  for (let i = 0; i < 50; i++) {
    one.hear({ ...place, has: { ...has, sum: "0".repeat(16) } });
    one.hear({ ...place, has });
  }
  expect(one.differs).toBe(true);
  expect(lines).toHaveLength(1);
  one.hear(place);
  expect(one.isBusy).toBe(false);
});

test("[V14] views may be written on as soon as their rows cannot be added up, or are not to be", async () => {
  const none = sumOf(`${folder()}/none`, 4, NEVER);
  await expect(none.sum).rejects.toThrow("ends with");
  await none.stands;
  const over = sumOf(folder(), 4, AbortSignal.abort());
  await expect(over.sum).rejects.toThrow("aborted");
  await over.stands;
});
