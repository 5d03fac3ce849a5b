import { readConfig } from "../config/config.ts";
import type { Settings } from "../config/settings.ts";
import { EXIT, fail, print } from "./exit.ts";

/** The command was asked for something that is not there. */
export class UsageError extends Error {}

/** A command of operators. */
export interface Command<Asked> {
  readonly help: string;
  /** @throws Error with what is wrong about the arguments. */
  read(args: readonly string[]): Asked | "help";
  /** Returns the exit code. @throws UsageError; Error when it has failed. */
  run(asked: Asked, settings: Settings): Promise<number>;
}

/**
 * Runs a command: reads its arguments and its settings, and says in one sentence what is wrong.
 * @param env the settings (config/settings.ts).
 * @returns the exit code.
 */
export async function carryOut<Asked>(
  command: Command<Asked>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let asked: Asked | "help";
  try {
    asked = command.read(args);
  } catch (error) {
    return fail(EXIT.usage, error);
  }
  if (asked === "help") return print(command.help);
  try {
    const settings = readConfig({ ...env, LOG_LEVEL: env["LOG_LEVEL"] ?? "error" });
    return await command.run(asked, settings);
  } catch (error) {
    return fail(error instanceof UsageError ? EXIT.usage : EXIT.failed, error);
  }
}
