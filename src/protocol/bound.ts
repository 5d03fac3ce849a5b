import type * as z from "zod";

/** The types of a field, in words that follow "it has to be". */
const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};
/** Units of what is counted, by the type of the field; a number has none. */
const UNITS: Readonly<Record<string, string>> = { string: " characters", array: " entries" };

/** The bound that a field breaks, in words that follow "it has to": out of the schema, never out of what came. undefined: it has no name. */
export function boundOf(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] && `be ${TYPES[issue.expected]}`;
    case "too_big":
      return counted(issue.origin, "at most", issue.maximum);
    case "too_small":
      return counted(issue.origin, "at least", issue.minimum);
    case "invalid_value":
      return `be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_union":
      return issue.errors.flatMap(([first]) => (first && boundOf(first)) ?? []).join(" or ");
    default:
      return undefined;
  }
}

function counted(origin: string, most: string, limit: number | bigint): string {
  const unit = UNITS[origin];
  return unit === undefined ? `be ${most} ${limit}` : `have ${most} ${limit}${unit}`;
}
