import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { TOP } from "../run.mjs";

/** Where the hashes lie that somebody has decided on. */
export const DECIDED = join(TOP, "docs", "api", "schemas.json");

const HOW_TO_DECIDE = [
  "A hash below has changed because a schema has. Decide what that means, then: npm run record.",
  "Protocol, nothing taken away and nothing newly demanded: VERSION stays (src/protocol/envelope.ts); older clients ignore what they do not know.",
  "Protocol, anything else: VERSION rises, and the server goes on speaking the version before it.",
  "Events, a new type or a field that may be absent: every fold has an answer for it, and it is in src/events/since.ts with RULES above the last before the first such entry is written.",
  "Events, anything else: do not. A stored event is read for as long as the log lasts; add a type beside it.",
  "Before the first release: formats change in place, no number rises, and this file only says that it was seen.",
];

/** @typedef {Record<string, unknown>} Module The exports of a module, by name. */

/**
 * A short hash of each schema that some modules export: of its JSON Schema, whose keys are sorted.
 * @param {Module[]} modules
 * @returns {Record<string, string>} by name, sorted
 */
export function hashes(modules) {
  const schemas = modules.flatMap((each) => Object.entries(each).flatMap(schemasIn));
  return Object.fromEntries(
    schemas
      .map(([name, schema]) => /** @type {const} */ ([name, hash(schema)]))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** An export that is a schema, or a record of schemas by name. @param {[string, unknown]} exported @returns {[string, z.ZodType][]} */
function schemasIn([name, value]) {
  if (isSchema(value)) return [[name, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    isSchema(inner) ? [[`${name}.${key}`, inner]] : [],
  );
}

/** @param {unknown} value @returns {value is z.ZodType} */
const isSchema = (value) => value instanceof z.ZodType;

/** @param {z.ZodType} schema */
function hash(schema) {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return createHash("sha256")
    .update(JSON.stringify(sorted(json)))
    .digest("hex")
    .slice(0, 16);
}

/** @param {unknown} value @returns {unknown} */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      key === "required" && Array.isArray(inner)
        ? inner.map(String).toSorted((a, b) => (a < b ? -1 : 1))
        : sorted(inner),
    ]),
  );
}

/**
 * The text of the file, for schemas as they are now.
 * @param {{ version: number, rules: number, protocol: Module[], events: Module[] }} now
 */
export const decided = ({ version, rules, protocol, events }) =>
  `${JSON.stringify(
    {
      howToDecide: HOW_TO_DECIDE,
      protocol: { version, schemas: hashes(protocol) },
      events: { rules, schemas: hashes(events) },
    },
    null,
    2,
  )}\n`;
