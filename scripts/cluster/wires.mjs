import { readFileSync, rmSync } from "node:fs";
import { isOf, LOOK_MS, wishFile } from "./cuts.mjs";
import { WHOLE } from "./wire.mjs";

/**
 * @typedef {import("./state.mjs").Cut} Cut
 * @typedef {import("./state.mjs").Done} Done
 * @typedef {import("./layout.mjs").Way & { wire: import("./wire.mjs").Wire }} Laid
 */

/** The delay of a slow way: that of a line to another continent. */
const SLOW_MS = 150;
/** That of a late one, as the harness has it: shorter than any wait for an answer, and long enough for others to go on meanwhile. */
const LATE_MS = 1_000;

/** Does a name, or a kind, mean this process? @param {string} name @param {string} process */
const means = (name, process) =>
  name === "all" || name === process || process.startsWith(`${name}-`);

/** The damage that a cut does to a way; undefined: none. @param {Cut} cut @param {import("./layout.mjs").Way} way @returns {Partial<import("./wire.mjs").Damage> | undefined} */
function damageBy({ from, to, how }, way) {
  const there = means(from, way.from) && means(to, way.to);
  const back = means(from, way.to) && means(to, way.from);
  if (!there && !back) return undefined;
  if (how === "closed") return { closed: true };
  if (how === "silent") return { there: true, back: true };
  if (how === "slow") return { lateMs: SLOW_MS };
  if (how === "late") return { lateMs: LATE_MS };
  return { there, back };
}

/** The wires of a cluster, damaged as is wished for. */
export class Wires {
  #dir;
  #wires;
  #changed;
  #timer;
  /** @type {{ id: string, done: Done[] }} */
  #state = { id: "", done: [] };

  /** @param {string} dir @param {Laid[]} wires @param {() => void} changed */
  constructor(dir, wires, changed) {
    this.#dir = dir;
    this.#wires = wires;
    this.#changed = changed;
    rmSync(wishFile(dir), { force: true });
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** As the one who has wished reads it. */
  get state() {
    return this.#state;
  }

  /** Every wire is whole, and stays so. */
  mend() {
    clearInterval(this.#timer);
    for (const { wire } of this.#wires) wire.damage(WHOLE);
  }

  stop() {
    clearInterval(this.#timer);
    for (const { wire } of this.#wires) wire.remove();
  }

  #look() {
    const { id, cuts } = wishIn(wishFile(this.#dir));
    if (id === this.#state.id) return;
    const done = cuts.map((each) => this.#known(each) ?? this.#measured(each));
    for (const { wire, ...way } of this.#wires) {
      const all = cuts.flatMap((each) => damageBy(each, way) ?? []);
      const some = (/** @type {"closed" | "there" | "back"} */ what) =>
        all.some((each) => each[what]);
      const lateMs = Math.max(0, ...all.map((each) => each.lateMs ?? 0));
      wire.damage({ closed: some("closed"), there: some("there"), back: some("back"), lateMs });
    }
    this.#state = { id, done };
    this.#changed();
  }

  /** One that holds already, with what it met then. @param {Cut} cut */
  #known({ from, to, how }) {
    return this.#state.done.find((each) => isOf(each, from, to) && each.how === how);
  }

  /** @param {Cut} cut @returns {Done} */
  #measured({ from, to, how }) {
    const met = this.#wires.filter((way) => damageBy({ from, to, how }, way));
    const connections = met.reduce((sum, { wire }) => sum + wire.connections, 0);
    return { from, to, how, wires: met.length, connections };
  }
}

/** @param {string} file @returns {{ id: string, cuts: Cut[] }} */
function wishIn(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { id: "", cuts: [] };
  }
}
