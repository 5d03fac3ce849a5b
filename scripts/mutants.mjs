// npm run mutants: breaks the rules on purpose, one small change at a time, and runs the specs of the
// file that was changed. A change that no spec notices is named.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { demandOptions, sayHelp } from "./demandarguments.mjs";
import { CLIENT } from "./mutants/clienttargets.mjs";
import { mutationsOf } from "./mutants/mutate.mjs";
import { SERVER } from "./mutants/servertargets.mjs";
import { VIEWS } from "./mutants/viewtargets.mjs";

const TOP = join(import.meta.dirname, "..");
const named = (/** @type {string} */ folder, /** @type {string[]} */ ...names) =>
  names.map((name) => `test/${folder}/${name}.spec.ts`);
/** The same of groups, as a gateway serves them. @returns {[file: string, specs: string[]]} */
const served = (/** @type {string} */ file, /** @type {string[]} */ ...specs) => [
  `src/gateway/groups/${file}.ts`,
  named("gateway/groups", ...specs),
];
const MODEL = named("actors/group/model", "model");
/** A file that has rules, and the specs that hold them. @type {[file: string, specs: string[]][]} */
const TARGETS = [
  [
    "src/rules/conversation.ts",
    [...named("rules", "conversation", "generation", "agreement"), ...named("actors", "user")],
  ],
  ["src/rules/sends.ts", named("rules", "sends")],
  ["src/rules/watermarks.ts", named("rules", "watermarks")],
  ["src/rules/receipts.ts", named("rules", "receipts")],
  ["src/rules/judge.ts", named("rules", "judge")],
  ["src/rules/claim.ts", named("rules", "claim")],
  ["src/rules/evidence.ts", [...named("rules", "evidence"), ...named("actors", "judge")]],
  ["src/rules/signout.ts", named("rules", "signout")],
  ["src/rules/closing.ts", [...named("actors", "signout"), ...named("projections", "sessions")]],
  ["src/rules/sameness.ts", named("client", "entry")],
  ["src/actors/user.ts", named("actors", "user", "properties")],
  ["src/actors/group/changing.ts", named("actors/group", "rights", "decisions")],
  ["src/actors/group/decide.ts", [...named("actors/group", "rights", "decisions"), ...MODEL]],
  [
    "src/actors/group/evolve.ts",
    [...named("actors/group", "rights", "decisions", "receipts"), ...MODEL],
  ],
  ["src/rules/group/marks.ts", [...named("actors/group", "receipts"), ...MODEL]],
  ["src/actors/group/groupstate.ts", named("actors/group", "rights", "decisions", "receipts")],
  ["src/actors/group/docket.ts", named("actors/group", "docket")],
  ["src/actors/group/frozengroup.ts", named("actors/group", "frozen")],
  ...VIEWS,
  ["src/actors/generations/judge.ts", named("actors", "judge", "generations")],
  ["src/actors/attendance.ts", named("actors", "attendance", "signout", "user")],
  ["src/actors/progress.ts", named("actors", "progress")],
  ["src/actors/deaths.ts", named("actors", "deaths")],
  ["src/actors/routes.ts", named("actors", "partition", "ends")],
  ["src/actors/ownership/order.ts", named("actors/ownership", "claiming", "succession")],
  ["src/actors/ownership/roster.ts", named("actors/ownership", "claiming", "succession")],
  ["src/actors/ownership/claiming.ts", named("actors/ownership", "claiming")],
  ["src/actors/ownership/succession.ts", named("actors/ownership", "succession")],
  served("spans", "place"),
  served("place", "place"),
  served("endchain", "endchain"),
  served("followed", "followed"),
  served("ring", "ring"),
  served("roundpace", "roundpace"),
  served("serving", "reading", "sessionmembers", "groups", "frames", "serving"),
  served("groups", "groups", "asking", "sessionmembers", "gathering"),
  served("heads", "heads", "frames", "serving"),
  served("sessionmembers", "asking", "sessionmembers", "generations", "frames", "serving"),
  served("sessionmember", "sessionmember", "asking", "frames"),
  served("receiptgathering", "receiptgathering"),
  served("fanout", "fanout"),
  served("courses", "courses"),
  served("proofs", "proofs"),
  served("groupcourse", "groupcourse", "courses", "telling", "ownreads", "proofs", "portions"),
  served("ownreads", "ownreads"),
  served("portions", "portions"),
  served("telling", "telling"),
  ["src/gateway/routes/expectations.ts", named("gateway", "expectations")],
  ["src/gateway/routes/vigil.ts", named("gateway", "vigil", "lostroutes")],
  ["src/gateway/session/cursor.ts", named("gateway", "cursor")],
  ["src/gateway/session/numbers.ts", named("gateway", "bounds")],
  ["src/gateway/session/limits.ts", named("gateway", "limits")],
  ...SERVER,
  ...CLIENT,
  ["src/bot/fence.ts", named("bot", "fence")],
  ["src/bot/chattrack.ts", named("bot", "chattrack", "backlog")],
  ["src/bot/ledger.ts", named("bot", "duty", "backlog")],
  ["src/bot/duty.ts", named("bot", "duty", "backlog")],
  ["src/bot/backlog.ts", named("bot", "backlog")],
  ["src/nats/names.ts", named("nats", "names")],
  ["src/events/position.ts", named("events", "position")],
];
/** A mutant under which the specs take so many times as long as without one runs in circles. */
const SLOWER = 5;
/** Specs of some milliseconds: their time says little. */
const MUTANT_MS = 20_000;
/** Even on a busy machine the specs of a file end within this, or they never do. */
const CONTROL_MS = 600_000;
const CONTROL_EVERY = 20;

const HELP = `npm run mutants -- [options]

  --minutes N   how long (10)
  --seed N      another order of the changes (1)
  --file PART   only of files whose name has it
`;

sayHelp(HELP);
const values = demandOptions((args) => {
  const { values: told } = parseArgs({
    args,
    options: {
      minutes: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      file: { type: "string", default: "" },
    },
  });
  for (const name of /** @type {const} */ (["minutes", "seed"]))
    if (!(Number(told[name]) > 0)) throw new Error(`--${name} is a number above 0`);
  if (!TARGETS.some(([file]) => file.includes(told.file)))
    throw new Error(`--file ${JSON.stringify(told.file)}: no file of them has that in its name`);
  return told;
});
// Behind the arguments: it takes a second to load.
const { createVitest } = await import("vitest/node");
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** The change under test; it is made as the file is loaded, never on the disk. */
const NO_CHANGE = { file: "", start: 0, end: 0, text: "" };
let current = NO_CHANGE;
const mutating = {
  name: "mutating",
  enforce: /** @type {const} */ ("pre"),
  transform(/** @type {string} */ code, /** @type {string} */ id) {
    const { file, start, end, text } = current;
    return id.split("?")[0] === file ? code.slice(0, start) + text + code.slice(end) : undefined;
  },
};

/** Specs in threads: a thread that runs in circles can be ended from outside. */
const open = () =>
  createVitest(
    "test",
    {
      root: TOP,
      config: false,
      watch: false,
      include: ["test/**/*.spec.ts"],
      reporters: [{}],
      bail: 1,
      pool: "threads",
      maxWorkers: 2,
      testTimeout: CONTROL_MS,
      hookTimeout: CONTROL_MS,
    },
    { plugins: [mutating] },
  );

let vitest = await open();
/** Time that a mutant may take, by what the last control has taken. */
let mutantMs = CONTROL_MS;

/** Do the specs hold with this change? One that runs in circles is given up, and its threads with it. */
async function survives(
  /** @type {typeof NO_CHANGE} */ change,
  /** @type {string[]} */ specs,
  ms = mutantMs,
) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms, "late")));
  const outcome = await Promise.race([holds(change, specs), late]);
  clearTimeout(timer);
  if (outcome !== "late") return outcome;
  void vitest.close();
  vitest = await open();
  return false;
}

/** With no change the specs hold; how long they take is the measure for a mutant. */
async function control(/** @type {string[]} */ specs) {
  const began = performance.now();
  if (!(await survives(NO_CHANGE, specs, CONTROL_MS)))
    throw new Error("the specs fail without a mutant");
  mutantMs = Math.max(MUTANT_MS, SLOWER * (performance.now() - began));
}

async function holds(/** @type {typeof current} */ change, /** @type {string[]} */ specs) {
  const touched = [current.file, change.file].filter((file) => file !== "");
  current = change;
  const mine = vitest;
  while (mine === vitest) {
    for (const file of touched) mine.invalidateFile(file);
    const files = await mine.globTestSpecifications(specs);
    const { testModules, unhandledErrors } = await mine.runTestSpecifications(files, true);
    // It names all modules that have ever run, those of the files before this one as well.
    const ran = new Set(files.map(({ moduleId }) => moduleId));
    const states = testModules
      .filter(({ moduleId }) => ran.has(moduleId))
      .map((each) => each.state());
    if (unhandledErrors.length > 0 || states.includes("failed")) return false;
    // The end of a run that was broken off may reach into the next one, which then says nothing.
    if (states.length === specs.length && states.every((state) => state === "passed")) return true;
  }
  // Given up meanwhile.
  return false;
}

/** Numbers in an order of their own, the same for the same seed. */
function shuffled(/** @type {any[]} */ list, /** @type {number} */ seed) {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  return list
    .map((each) => ({ each, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

const mutants = TARGETS.filter(([file]) => file.includes(values.file)).flatMap(([file, held]) =>
  mutationsOf(file, readFileSync(join(TOP, file), "utf8")).map((mutation) => ({
    ...mutation,
    file: join(TOP, file),
    held,
  })),
);
const deadline = Date.now() + Number(values.minutes) * 60_000;
await control([...new Set(mutants.flatMap(({ held }) => held))]);

let tried = 0;
/** @type {string[]} */
const survivors = [];
for (const mutant of shuffled(mutants, Number(values.seed))) {
  if (Date.now() > deadline) break;
  // Also behind a mutant that was killed.
  if (tried++ % CONTROL_EVERY === 1) await control(mutant.held);
  if (await survives(mutant, mutant.held)) {
    const { file, line, what } = mutant;
    survivors.push(`${relative(TOP, file)}:${line}  ${what}`);
    say(`survives: ${survivors.at(-1)}`);
  }
}
const score = ((100 * (tried - survivors.length)) / Math.max(1, tried)).toFixed(1);
say(`${tried} of ${mutants.length} mutants tried, ${survivors.length} survived: ${score} % killed`);
// Threads that still run in circles end with the process.
process.exit(0);
