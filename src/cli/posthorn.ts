import { ownVersion } from "../host/version.ts";
import { COMMANDS } from "./listing.ts";
import type { Surroundings } from "./command.ts";
import { EXIT, fail, print } from "./exit.ts";

const WIDTH = Math.max(...[...COMMANDS.keys()].map(({ length }) => length));

const HELP = `posthorn COMMAND …

${[...COMMANDS].map(([name, { says }]) => `  ${name.padEnd(WIDTH)}   ${says}`).join("\n")}

  -h, --help   this text; behind a command: what it does and takes
  --version    the version of Posthorn

Settings come from the environment (docs/operations.md).
Exit codes of every command: 0 well, 1 failed, 2 wrong usage; its own help says which others it has.
`;

/**
 * Runs a command of operators.
 * @param args behind `posthorn`.
 * @param env asked once the command knows that its arguments are right.
 * @returns the exit code.
 */
export async function posthorn(args: readonly string[], env: Surroundings): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(HELP);
    return EXIT.usage;
  }
  if (name === "--help" || name === "-h") return print(HELP);
  if (name === "--version") return print(ownVersion());
  const listed = COMMANDS.get(name);
  if (listed === undefined) {
    const kind = name.startsWith("-") ? "option" : "command";
    return fail(EXIT.usage, `there is no ${kind} ${JSON.stringify(name)} (--help lists them)`);
  }
  const run = await listed.load();
  return run(rest, env);
}
