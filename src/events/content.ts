import * as z from "zod";

/**
 * Content that an app adds to the text of a message: a JSON object. It is taken as it was parsed, without a
 * copy: nothing here opens it.
 */
export const Content = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
