// npm run simulate: a cluster from seeds, in memory and virtual time, with faults (test/simulation/). Needs no server and no build.
import "./node.mjs";
import { sayHelp } from "./demandarguments.mjs";
import { prepare } from "./prepare.mjs";
import { complain, runAtTerminal } from "./run.mjs";

const HELP = `npm run simulate -- [options]    runs a cluster in memory once for each seed, with faults, and says what goes wrong, made smaller

  --seeds N        so many seeds (2000)
  --from N         from this one on (1)
  --processes N    so many processes run them side by side (one for each core)

Exit code 1: something was found, or not all seeds were run; 2: it was told what it does not know.
`;

const { signal } = new AbortController();
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

async function simulate() {
  await prepare({ signal, say, build: false });
  await runAtTerminal(["test", "simulation", "run.ts"], process.argv.slice(2));
}

sayHelp(HELP);
simulate().catch(complain);
