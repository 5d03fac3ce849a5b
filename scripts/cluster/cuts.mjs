import { randomUUID } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { StartError } from "../run.mjs";
import { read } from "./state.mjs";

/** Cuts of the ways between the processes of a cluster, as another process asks for them; wires.mjs obeys. */

/**
 * @typedef {import("./state.mjs").Cut} Cut
 * @typedef {import("./state.mjs").Done} Done
 */

/** The cluster looks for wishes so often; one who has wished waits for a hundred times of that. */
export const LOOK_MS = 50;
const OBEYED_MS = 5_000;

/** @param {string} dir */
export const wishFile = (dir) => join(dir, "cuts.json");

/**
 * Cuts one process, or one kind of them, off from another, or from all. Resolves when that holds.
 * @param {string} dir The folder of the cluster.
 * @param {Cut} wished
 * @returns {Promise<Done>}
 * @throws {StartError} when nothing could be cut.
 */
export async function cut(dir, { from, to, how }) {
  const others = cutsOf(dir).filter((each) => !isOf(each, from, to));
  const done = await wish(dir, [...others, { from, to, how }]);
  const found = done.find((each) => isOf(each, from, to));
  if (found === undefined || found.wires === 0) {
    await wish(dir, others);
    throw new StartError(
      `there is nothing between ${from} and ${to}: processes speak to brokers, brokers to each other, the front to gateways`,
    );
  }
  return found;
}

/** Takes back the cut that was made with these names, or all of them. Resolves when that holds. @param {string} dir @param {string} [from] @param {string} [to] @throws {StartError} */
export async function heal(dir, from, to = "all") {
  const cuts = cutsOf(dir);
  const others = from === undefined ? [] : cuts.filter((each) => !isOf(each, from, to));
  if (from !== undefined && others.length === cuts.length)
    throw new StartError(`no cut is between ${from} and ${to}`);
  await wish(dir, others);
}

/** The cuts that hold. @param {string} dir @returns {Done[]} @throws {StartError} */
export function cutsOf(dir) {
  const { cuts } = read(dir);
  if (cuts !== undefined) return cuts.done;
  throw new StartError("this cluster cannot be cut: start it with npm run cluster -- --cuts");
}

/** @param {string} dir @param {Cut[]} cuts */
async function wish(dir, cuts) {
  const id = randomUUID();
  const next = `${wishFile(dir)}.${id}`;
  writeFileSync(next, JSON.stringify({ id, cuts }), { mode: 0o600 });
  renameSync(next, wishFile(dir));
  for (const until = Date.now() + OBEYED_MS; Date.now() < until; await pause(LOOK_MS)) {
    const state = read(dir).cuts;
    if (state?.id === id) return state.done;
  }
  throw new StartError(`the cluster has not heard of it for ${OBEYED_MS / 1_000} s`);
}

/** Is it the cut that was made with these names, in whichever order? @param {Cut} made @param {string} from @param {string} to */
export const isOf = (made, from, to) =>
  (made.from === from && made.to === to) || (made.from === to && made.to === from);
