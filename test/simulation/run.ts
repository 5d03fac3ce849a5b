import { fork } from "node:child_process";
import { once } from "node:events";
import { demandOptions } from "../../scripts/demandarguments.mjs";
import { addTo, explained } from "./explain.ts";
import { readOptions, type Options } from "./options.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulation.ts";

/** Of more seeds that go wrong in one process only the numbers are told: each reduction takes some seconds. */
const EXPLAINED_MAX = 5;
/** Young objects of a run fit: V8's own 16 MB are collected twice a seed. */
const MEMORY = "--max-semi-space-size=64";
/** Between two lines that say how far it has come. */
const SAY_MS = 10_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The word of a process about one seed. */
interface Told {
  readonly counts: Readonly<Record<string, number>>;
  /** Undefined: nothing is wrong. */
  readonly wrong: string | undefined;
}

/** Every `processes`-th seed from the `share`-th on, one behind the other, in this process; `tell` is called for each. */
async function runShare(
  options: Options,
  share: number,
  tell: (told: Told) => void,
): Promise<void> {
  const { seeds, from, processes } = options;
  let wrongs = 0;
  for (let seed = from + share; seed < from + seeds; seed += processes) {
    const plan = planOf(seed);
    const outcome = await simulate(plan);
    const { counts, findings } = outcome;
    const sentence = `seed ${seed}: ${findings[0]?.rule}: ${findings[0]?.words}`;
    const isTold = findings.length > 0 && wrongs++ < EXPLAINED_MAX;
    const wrong = isTold ? await explained(plan, outcome) : sentence;
    tell({ counts, wrong: findings.length > 0 ? wrong : undefined });
  }
}

/** Runs the seeds in processes side by side. Returns the exit code. */
async function simulateAll(options: Options, args: readonly string[]): Promise<number> {
  const seen: Record<string, number> = {};
  let [done, wrongs] = [0, 0];
  const began = performance.now();
  const speed = (): string =>
    `${((done * 1_000) / (performance.now() - began)).toFixed(1)} seeds/s`;
  const hear = ({ counts, wrong }: Told): void => {
    done++;
    addTo(seen, counts);
    if (wrong === undefined) return;
    wrongs++;
    say(`\n${wrong}\n`);
  };
  const saying = setInterval(() => say(`${done} of ${options.seeds} seeds, ${speed()}`), SAY_MS);
  const codes = await Promise.all(
    Array.from({ length: options.processes }, async (_, share) => {
      const execArgv = [...process.execArgv, MEMORY];
      const child = fork(import.meta.filename, [...args], {
        execArgv,
        env: { ...process.env, SIMULATION_SHARE: `${share}` },
      });
      child.on("message", hear);
      const [code] = (await once(child, "exit")) as [number | null];
      return code ?? 1;
    }),
  );
  clearInterval(saying);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const { seeds, from, processes } = options;
  say(
    `seeds ${from} to ${from + seeds - 1} in ${seconds} s, ${speed()}, ${processes} processes; ` +
      Object.entries(seen)
        .filter(([name]) => name !== "deafestMs")
        .map(([name, count]) => `${name} ${count}`)
        .join(", "),
  );
  say(wrongs === 0 ? "nothing is wrong" : `${wrongs} seeds are WRONG`);
  const isWhole = done === seeds && codes.every((code) => code === 0);
  if (!isWhole) say(`only ${done} seeds were run`);
  return isWhole && wrongs === 0 ? 0 : 1;
}

const args = process.argv.slice(2);
const { SIMULATION_SHARE: share } = process.env;
const options = demandOptions(readOptions);
try {
  if (share === undefined) process.exitCode = await simulateAll(options, args);
  else {
    process.on("disconnect", () => process.exit());
    await runShare(options, Number(share), (told) => process.send?.(told));
    process.disconnect?.();
  }
} catch (error) {
  process.stderr.write(`simulate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
