import type * as z from "zod";

/** A word between processes, as its schema has it; undefined: it is longer than that, and not even parsed, no JSON, or of another shape. */
export function readWord<T>(shape: z.ZodType<T>, text: string, charsMax: number): T | undefined {
  if (text.length > charsMax) return undefined;
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    // No JSON.
    return undefined;
  }
}
