import { join } from "node:path";
import { writable } from "../folder.mjs";
import { StartError } from "../run.mjs";
import { say } from "../stay.mjs";
import { binary } from "./binary.mjs";
import { keep } from "./keep.mjs";
import { NO_LOGIN } from "./nologin.mjs";

/**
 * Starts a nats-server of our own below a data folder, and keeps it running as long as the command
 * does: the settings with which the program finds it.
 * @param {string} data
 * @param {NodeJS.ProcessEnv} env SYNC and NATS_PORT say how.
 * @param {import("../stay.mjs").Life} life
 * @throws {StartError}
 */
export async function ownBroker(data, env, life) {
  const path = await binary({ say, signal: life.signal });
  const sync = /** @type {"1s" | "always"} */ (env["SYNC"] || "1s");
  if (!["1s", "always"].includes(sync)) throw new StartError("SYNC is 1s or always");
  const port = env["NATS_PORT"] ? Number(env["NATS_PORT"]) : undefined;
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new StartError("NATS_PORT is a number from 1 to 65535");
  const dir = writable(join(data, "nats"), "DATA_DIR");
  const options = { dir, sync, ...(port !== undefined && { port }) };
  const kept = await keep(path, options, { say, lost: life.fail });
  life.undo.push(kept.stop);
  return {
    ...NO_LOGIN,
    NATS_URL: kept.url,
    NATS_MONITOR_URL: kept.monitorUrl,
    NATS_STORE_DIR: kept.store,
    NATS_USER: kept.login.user,
    NATS_PASSWORD: kept.login.password,
  };
}
