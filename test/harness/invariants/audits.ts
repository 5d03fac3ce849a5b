import type { Invariant } from "./invariant.ts";

/** Posthorn's own auditors have nothing to say: `posthorn check` of the streams, `posthorn views verify` of each copy of the views (I10). */
export const audits: Invariant = {
  id: "I10",
  promise: "streams and views are what a replay says",
  breaches: ({ lines }) =>
    lines.flatMap((line) =>
      line.what === "audit" && line.code !== 0 ? [`${line.by}:\n${line.says}`] : [],
    ),
};
