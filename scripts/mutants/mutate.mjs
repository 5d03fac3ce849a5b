// Mutations of a TypeScript file: small changes each of which a spec should notice.
import { parseSync } from "vite";

/** @typedef {{ start: number, end: number, text: string, line: number, what: string }} Mutation */

/** An operator, and what it is taken for. */
const SWAPS = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
  ["===", "!=="],
  ["!==", "==="],
  ["+", "-"],
  ["-", "+"],
  ["<<", ">>>"],
  [">>>", "<<"],
  ["|", "&"],
  ["&", "|"],
  ["&&", "||"],
  ["||", "&&"],
  ["??", "&&"],
]);
const NAMES = new Map([
  ["max", "min"],
  ["min", "max"],
]);

/** Types say nothing at run time, and a message nobody compares is no rule. */
const isType = (/** @type {string} */ type) => type.startsWith("TS");

/**
 * All mutations of a file, in order.
 * @param {string} name
 * @param {string} code
 * @returns {Mutation[]}
 */
export function mutationsOf(name, code) {
  /** @type {Mutation[]} */
  const found = [];
  const add = (
    /** @type {number} */ start,
    /** @type {number} */ end,
    /** @type {string} */ text,
  ) => {
    const line = code.slice(0, start).split("\n").length;
    const was = code.slice(start, end).replaceAll(/\s+/g, " ");
    found.push({ start, end, text, line, what: `${was} → ${text || "nothing"}` });
  };
  walk(parseSync(name, code).program, (node) => {
    for (const [start, end, text] of mutants(node, code)) add(start, end, text);
  });
  return found.toSorted((a, b) => a.start - b.start);
}

/**
 * @param {any} node of the syntax tree
 * @param {(node: any) => void} visit
 */
function walk(node, visit) {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const each of node) walk(each, visit);
    return;
  }
  if (typeof node.type === "string") {
    if (node.type === "ImportDeclaration") return;
    // The expression of `x as T` and `x satisfies T` counts, the type does not.
    if (isType(node.type)) return walk(node.expression, visit);
    visit(node);
  }
  for (const [key, child] of Object.entries(node)) if (key !== "parent") walk(child, visit);
}

/**
 * @param {any} node
 * @param {string} code
 * @returns {[number, number, string][]}
 */
function mutants(node, code) {
  const text = (/** @type {any} */ part) => code.slice(part.start, part.end);
  switch (node.type) {
    case "BinaryExpression":
    case "LogicalExpression": {
      const swapped = SWAPS.get(node.operator);
      if (swapped === undefined) return [];
      const at = code.indexOf(node.operator, node.left.end);
      return [[at, at + node.operator.length, swapped]];
    }
    case "IfStatement":
    case "ConditionalExpression":
      return [
        [node.test.start, node.test.end, "true"],
        [node.test.start, node.test.end, "false"],
      ];
    case "UnaryExpression":
      if (node.operator === "!") return [[node.start, node.end, text(node.argument)]];
      return node.operator === "-" ? [[node.start, node.argument.start, ""]] : [];
    case "Literal":
      if (typeof node.value === "boolean") return [[node.start, node.end, `${!node.value}`]];
      return typeof node.value === "number" ? [[node.start, node.end, `${node.value + 1}`]] : [];
    case "ExpressionStatement":
      return isType(node.expression.type) ? [] : [[node.start, node.end, ";"]];
    case "MemberExpression": {
      const name = NAMES.get(node.property.name);
      return name === undefined ? [] : [[node.property.start, node.property.end, name]];
    }
    case "SpreadElement":
      return [[node.start, node.end, "...{}"]];
    default:
      return [];
  }
}
