import { randomBytes } from "node:crypto";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { reason, StartError } from "../run.mjs";
import { GRACE_MS, launch } from "./launch.mjs";
import { end, pidIn } from "./pid.mjs";

/** A server that ends more often than this within a minute will not be mended by starting it again. */
const RESTARTS_MAX = 5;
const WINDOW_MS = 60_000;
const BACKOFF_MS = 100;

/**
 * The nats-server of `npm start`, kept running until it is stopped.
 * @typedef {object} Kept
 * @property {string} url
 * @property {string} monitorUrl
 * @property {string} store Folder of its streams.
 * @property {{ user: string, password: string }} login New at each start, so nobody else on this host knows it.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a nats-server in a folder and starts it again, on the same port, whenever it ends.
 * One that a killed Posthorn left behind in this folder is ended first: two on one store would
 * destroy it.
 * @param {string} binary
 * @param {{ dir: string, port?: number, sync?: "1s" | "always" }} options
 * @param {{ say: (line: string) => void, lost: (error: unknown) => void }} told
 *   `lost`: it could not be kept running.
 * @returns {Promise<Kept>}
 */
export async function keep(binary, options, { say, lost }) {
  const dir = realpathSync(options.dir);
  const left = pidIn(join(dir, "nats.pid"));
  if (left !== undefined) await end(left, join(dir, "nats.conf"), GRACE_MS);

  const login = { user: "posthorn", password: randomBytes(24).toString("base64url") };
  const conf = { ...options, dir, login, detached: true };
  let server = await launch(binary, conf);
  const { port, monitorPort } = server;
  const stopping = new AbortController();
  const { signal } = stopping;

  const watch = async () => {
    /** @type {number[]} */
    let restarts = [];
    let how = await server.exited;
    while (!signal.aborted) {
      restarts = [...restarts.filter((at) => at > Date.now() - WINDOW_MS), Date.now()];
      if (restarts.length > RESTARTS_MAX)
        throw new StartError(`nats-server ends again and again (${how}): see ${dir}/nats.log`);
      say(`nats-server ended (${how}): starting it again`);
      await pause(BACKOFF_MS * 2 ** (restarts.length - 1));
      if (signal.aborted) return;
      try {
        server = await launch(binary, { ...conf, port, monitorPort });
        if (signal.aborted) await server.stop();
        how = await server.exited;
      } catch (error) {
        how = reason(error);
      }
    }
  };
  const watching = watch().catch(lost);
  return {
    url: `nats://127.0.0.1:${port}`,
    monitorUrl: `http://127.0.0.1:${monitorPort}`,
    store: join(dir, "store"),
    login,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await watching;
    },
  };
}
