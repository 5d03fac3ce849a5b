// npm run simulate: a cluster from seeds, in memory and virtual time, with faults (test/simulation/). Needs no server and no build.
import "./node.mjs";
import { complain, runAtTerminal } from "./run.mjs";

const HELP = `npm run simulate -- [options]    runs a cluster in memory once for each seed, with faults, and says what goes wrong, made smaller

  --seeds N        so many seeds (2000)
  --from N         from this one on (1)
  --processes N    so many processes run them side by side (one for each core)

Exit code 1: something was found, or not all seeds were run.
`;

/** @param {string[]} args */
async function simulate(args) {
  if (args.includes("--help") || args.includes("-h")) return void process.stdout.write(HELP);
  await runAtTerminal(["test", "simulation", "run.ts"], args);
}

simulate(process.argv.slice(2)).catch(complain);
