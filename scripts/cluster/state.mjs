import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { StartError, TOP } from "../run.mjs";

/**
 * @typedef {object} Running A process as the second terminal knows it.
 * @property {string} name
 * @property {number | null} pid null: it does not run just now.
 * @property {string | null} health The address at which it says how it is.
 */

/**
 * @typedef {"closed" | "silent" | "one-way" | "slow" | "late"} How `closed`: connections are closed, and new ones refused. `silent`: nothing gets through,
 * and nobody is told. `one-way`: what the first says does not reach the second; what the second says does reach the first.
 * `slow`: all gets through, 150 ms late; `late`: a second late.
 *
 * @typedef {object} Cut
 * @property {string} from A process, `front` for the balancer, or one kind of them: `nats`, `gateway`, `actors`, `projections`.
 * @property {string} to The same, or `all`.
 * @property {How} how
 *
 * @typedef {Cut & { wires: number, connections: number }} Done A cut that holds, with the wires that it is of, and their connections when it
 * was made: those were closed or held.
 */

/**
 * @typedef {object} State
 * @property {string} url
 * @property {Running[]} processes
 * @property {string | undefined} [ca] The authority of their certificates, in PEM, where they speak TLS.
 * @property {{ id: string, done: Done[] } | undefined} cuts undefined: there are no wires that could be cut.
 */

/** The folder of the cluster. @param {NodeJS.ProcessEnv} env */
export const folderOf = (env) => resolve(TOP, env["DATA_DIR"] || ".posthorn/cluster");

/** @param {string} dir */
const fileOf = (dir) => join(dir, "processes.json");

/** Writes the processes down. @param {string} dir @param {State} state */
export function write(dir, state) {
  const next = `${fileOf(dir)}.next`;
  writeFileSync(next, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(next, fileOf(dir));
}

/** The processes that run. @param {string} dir @returns {State} @throws {StartError} */
export function read(dir) {
  try {
    return JSON.parse(readFileSync(fileOf(dir), "utf8"));
  } catch {
    throw new StartError(`no cluster runs in ${dir}: npm run cluster starts one`);
  }
}

/** The cluster runs no more. @param {string} dir */
export const forget = (dir) => rmSync(fileOf(dir), { force: true });
