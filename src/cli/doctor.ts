import { parseArgs } from "node:util";
import type { Env } from "../config/config.ts";
import type { Run } from "./command.ts";
import { look } from "./examination.ts";
import { EXIT, fail, print } from "./exit.ts";

const HELP = `posthorn doctor

Looks whether Posthorn can run here, and says a line for each: settings, open files, disk, broker, rights at
the broker, its streams, its clock, the pings between its servers. Nothing is changed, and Posthorn may be running.

  well   as it should be
  note   somebody should look at it
  FAIL   Posthorn will not run, or not for long

  -h, --help   this text

Settings are those of Posthorn (docs/operations.md).
Exit codes: 0 nothing fails, 1 something does, 2 wrong usage
`;

const OPTIONS = { help: { type: "boolean", short: "h" } } as const;
/** Of the longest name. */
const WIDTH = 8;

/** `posthorn doctor`: says what would keep Posthorn from running here. Returns the exit code. */
export const doctor: Run = async (args, env) => {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help === true) return print(HELP);
  } catch (error) {
    return fail(EXIT.usage, error);
  }
  let given: Env;
  try {
    given = await env();
  } catch (error) {
    return fail(EXIT.failed, error);
  }
  let failed = false;
  for await (const { verdict, about, says } of look(given, Date.now)) {
    failed ||= verdict === "FAIL";
    print(`${verdict}   ${about.padEnd(WIDTH)}   ${says}`);
  }
  return failed ? EXIT.failed : EXIT.well;
};
