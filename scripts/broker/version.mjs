import { run } from "../run.mjs";

/** Older servers lack what Posthorn relies on, or carry known holes (docs/operations.md). */
export const MINIMUM = "2.14.3";
/** The version that is fetched when there is none. */
export const WANTED = "2.15.1";

/**
 * The version of a nats-server.
 * @param {string} path
 * @returns {Promise<string>}
 * @throws {Error} when it does not run or is none.
 */
export async function versionOf(path) {
  const said = await run(path, ["--version"], { signal: AbortSignal.timeout(10_000) });
  const version = /^nats-server: v(\d+\.\d+\.\d+)/.exec(said)?.[1];
  if (version === undefined) throw new Error(`${path} is no nats-server`);
  return version;
}

/** @param {string} version @param {string} [minimum] */
export const newEnough = (version, minimum = MINIMUM) =>
  version.localeCompare(minimum, "en", { numeric: true }) >= 0;
