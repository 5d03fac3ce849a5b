import { parseArgs } from "node:util";
import { readout } from "../config/readout.ts";
import type { Run } from "./command.ts";
import { EXIT, fail, print } from "./exit.ts";

const HELP = `posthorn config

Prints the settings as Posthorn reads them, a line each: NAME=value, and whether that is the default or from a file. Secrets are not printed.
Nothing is connected to, and nothing is changed.

  -h, --help   this text

Exit codes: 0 the settings are right, 1 some are wrong, each named, 2 wrong usage
`;

/** `posthorn config`: prints the settings. Returns the exit code. */
export const printConfig: Run = async (args, env) => {
  if (args.includes("--help") || args.includes("-h")) return print(HELP);
  try {
    // It takes none.
    parseArgs({ args: [...args] });
  } catch (error) {
    return fail(EXIT.usage, error);
  }
  try {
    return print(readout(await env()).join("\n"));
  } catch (error) {
    return fail(EXIT.failed, error);
  }
};
