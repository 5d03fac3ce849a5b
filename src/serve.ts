import { availableParallelism } from "node:os";
import type { App } from "./compose.ts";
import type { Settings } from "./config/settings.ts";
import { assertFiles } from "./host/files.ts";
import { scavengeAlone } from "./host/scavenges.ts";
import { StartError } from "./start-error.ts";
import { traced } from "./trace.ts";

/**
 * Runs Posthorn in this process. The program is loaded here, behind the check.
 * @param env the settings (config/settings.ts).
 * @throws StartError with one sentence for the operator.
 */
export async function run(env: Readonly<Record<string, string | undefined>>): Promise<App> {
  assertFiles();
  scavengeAlone(availableParallelism());
  const { compose } = await import("./compose.ts");
  const app = await compose(env);
  return { ...app, done: Promise.race([app.done, uncaught()]) };
}

/** The settings that these are. @throws StartError with one sentence for the operator. */
export async function settingsOf(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const { readConfig } = await import("./config/config.ts");
  return readConfig(env);
}

/** Rejects with an error, or a rejection, that nobody has caught: a bug, behind which the process drains and ends. */
const uncaught = (): Promise<never> =>
  new Promise((_, reject) => process.once("uncaughtException", reject));

/**
 * `posthorn start` and `node dist/main.js`: runs until a signal or a failure, says what went wrong, and ends the process.
 * @param env the settings (config/settings.ts).
 */
export const serve = (env: Readonly<Record<string, string | undefined>>): Promise<void> =>
  untilOver(env).catch((error: unknown) => {
    complain(error);
    process.exit(1);
  });

async function untilOver(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  // From the first moment: a container's first process is not ended by a signal that nobody catches.
  const signal = new Promise<undefined>((stopped) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopped(undefined));
  });
  const app = await Promise.race([run(env), signal]);
  if (app === undefined) return process.exit(0);
  process.stdout.write(`Posthorn runs ${app.url ? `at ${app.url}` : app.roles.join(", ")}\n`);
  const failure = await Promise.race([signal, app.done]).catch((error: unknown) => ({ error }));
  await app.stop();
  if (failure !== undefined) complain(failure.error);
  app.exit(failure === undefined ? 0 : 1);
}

const complain = (error: unknown): boolean => process.stderr.write(`${sentence(error)}\n`);

/** One sentence where that is enough, else all there is to find the bug by. */
const sentence = (error: unknown): string =>
  error instanceof StartError ? error.message : traced(error);
