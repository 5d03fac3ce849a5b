import { parseArgs, type ParseArgsConfig } from "node:util";
import { readConfig, type Env } from "../config/config.ts";
import type { Settings } from "../config/settings.ts";
import { EXIT, fail, print } from "./exit.ts";

/** The command was asked for something that is not there. */
export class UsageError extends Error {}

/** The settings (config/settings.ts), asked for when they are needed: a broker may be started for it. */
export type Surroundings = () => Env | Promise<Env>;

/** A command with its arguments, those behind its name. Returns the exit code. */
export type Run = (args: readonly string[], env: Surroundings) => Promise<number>;

/** The words that ask for a command's help, whatever else is said. */
const HELP: ReadonlySet<string> = new Set(["-h", "--help"]);

type Options = NonNullable<ParseArgsConfig["options"]>;
type Asking<O> = { args: string[]; options: O; allowPositionals: true };
/** The options and the names that a command was given. @throws Error with what is wrong about them. */
export const argumentsIn = <O extends Options>(
  args: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<Asking<O>>> =>
  parseArgs({ args: [...args], options, allowPositionals: true });

/** A command of operators. */
export interface Command<Asked> {
  readonly help: string;
  /** Asked where nobody asks for help. @throws Error with what is wrong about the arguments. */
  read(args: readonly string[]): Asked;
  /** Returns the exit code. @throws UsageError; Error when it has failed. */
  run(asked: Asked, settings: Settings): Promise<number>;
}

/**
 * Runs a command: reads its arguments and its settings, and says in one sentence what is wrong.
 * @param env asked once the arguments are right.
 * @returns the exit code.
 */
export async function carryOut<Asked>(
  command: Command<Asked>,
  args: readonly string[],
  env: Surroundings,
): Promise<number> {
  if (args.some((each) => HELP.has(each))) return print(command.help);
  let asked: Asked;
  try {
    asked = command.read(args);
  } catch (error) {
    return fail(EXIT.usage, error);
  }
  try {
    const { LOG_LEVEL = "error", ...given } = await env();
    return await command.run(asked, readConfig({ ...given, LOG_LEVEL }));
  } catch (error) {
    return fail(error instanceof UsageError ? EXIT.usage : EXIT.failed, error);
  }
}
