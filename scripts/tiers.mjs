import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { TOP } from "./run.mjs";

/** @typedef {"build" | "nats-server" | "chromium"} Need */

/**
 * The tiers of the specs.
 * @typedef {object} Tier
 * @property {string} name
 * @property {readonly string[]} folders Below `test/`; the pure tier has all that no other names.
 * @property {readonly Need[]} needs
 */

/** @type {Tier} */
const PURE = { name: "pure", folders: [], needs: [] };

/** The one table of them: a spec belongs to the tier of its folder. @type {readonly Tier[]} */
export const TIERS = [
  PURE,
  { name: "broker", folders: ["broker", "cli", "contracts"], needs: ["nats-server"] },
  {
    name: "program",
    folders: ["e2e", "faults", "scripts"],
    needs: ["build", "nats-server"],
  },
  {
    name: "browser",
    folders: ["browser"],
    needs: ["build", "nats-server", "chromium"],
  },
];

/** @param {string} file Path from the top of the checkout. @returns {Tier} */
export const tierOf = (file) =>
  TIERS.find(({ folders }) => folders.some((folder) => file.startsWith(`test/${folder}/`))) ?? PURE;

/** The needs of the tiers of some specs. @param {readonly string[]} files Paths from the top. */
export const needsOf = (files) => new Set(files.flatMap((file) => tierOf(file).needs));

/**
 * The specs that arguments of vitest choose: those whose path has one of the words in it, and all
 * when there is no word. A word behind an option may be the option's value: such a word chooses
 * more, never less.
 * @param {readonly string[]} args
 * @param {readonly string[]} files Paths from the top.
 */
export function chosen(args, files) {
  const words = args.filter((arg) => !arg.startsWith("-"));
  const isSure = (/** @type {string} */ word) => {
    const before = args[args.indexOf(word) - 1] ?? "";
    return !before.startsWith("-") || before.includes("=");
  };
  const paths = words.map((word) => relative(TOP, join(TOP, word)).replace(/:\d+$/, ""));
  const some = files.filter((file) => paths.some((path) => file.includes(path)));
  return words.some(isSure) && some.length > 0 ? some : [...files];
}

/** Every spec there is, by its path from the top. */
export const specs = () =>
  readdirSync(join(TOP, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.spec\.tsx?$/.test(name))
    .map((name) => `test/${name}`);
