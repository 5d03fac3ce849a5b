// npm run faults: people chat in a cluster that is broken again and again, and what they had is held against the promises (test/harness/).
import "./node.mjs";
import { sayHelp } from "./demandarguments.mjs";
import { prepare } from "./prepare.mjs";
import { complain, runAtTerminal } from "./run.mjs";

const HELP = `npm run faults -- [options]    breaks a cluster while people chat, and says whether a promise was broken

  --seed N       repeats the plan of the faults and of what people do; a random one unless it is named
  --minutes M    how long things are broken (2)
  --only KINDS   some of kill,pause,restart,link,cut,wipe,rollback,full,clock
  --report FILE  the report goes there, too (report.md beside the history)
  --dir DIR      where the history lies, and the cluster while it runs (.posthorn/faults/<seed>)
  --broken NAME  a build that is broken on purpose (test/harness/broken/builds.mjs): exit code 0 if that was noticed
  --check        runs nothing: judges the history that is in DIR

Exit code 1: a promise was broken, or the run shows nothing; 2: it was told what it does not know. The history stays; data and logs of the cluster stay where something was broken.
`;

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

sayHelp(HELP);
// The build waits until the arguments have been read.
prepare({ signal: new AbortController().signal, say, build: false })
  .then(() => runAtTerminal(["test", "harness", "run.ts"], process.argv.slice(2)))
  .catch(complain);
