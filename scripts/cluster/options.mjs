import { parseArgs } from "node:util";

/** More of a kind a machine with two cores should not be asked to run. */
const MANY = 9;

/** @typedef {{ brokers: number, actors: number, projections: number, gateways: number }} Sizes */
/** @type {Readonly<Sizes>} */
export const USUAL = { brokers: 3, actors: 2, projections: 2, gateways: 2 };

/**
 * Reads how the cluster is to be.
 * @param {string[]} args
 * @returns {{ cuts: boolean, tls: boolean, sizes: Sizes }}
 * @throws Error with one sentence.
 */
export function optionsIn(args) {
  const size = /** @type {const} */ ({ type: "string" });
  const { values } = parseArgs({
    args,
    options: {
      cuts: { type: "boolean", default: false },
      tls: { type: "boolean", default: false },
      brokers: size,
      actors: size,
      projections: size,
      gateways: size,
    },
  });
  const { cuts, tls, ...told } = values;
  const sizes = Object.entries(told).map(([name, text]) => [name, numberIn(name, text)]);
  return { cuts, tls, sizes: { ...USUAL, ...Object.fromEntries(sizes) } };
}

/** @param {string} name @param {string} text */
function numberIn(name, text) {
  const least = name === "brokers" ? USUAL.brokers : 1;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= MANY) return value;
  throw new Error(`--${name} is a whole number from ${least} to ${MANY}`);
}
