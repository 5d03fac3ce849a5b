import type * as z from "zod";
import { Cid } from "../events/ids.ts";
import { isRejectionCode, type Rejection } from "./codes.ts";
import { faultOfData, isObject } from "./extras.ts";
import { boundOf } from "./bound.ts";
import { deeperThan } from "./depth.ts";
import { DEPTH_MAX, type Names } from "./envelope.ts";
import type { ClientFrame } from "./frames/frame.ts";
import { ClientFrameShape, RefShape } from "./schema/client.ts";

/** A client's frame, or why it is none. */
export type Parsed =
  | { readonly frame: ClientFrame }
  | { readonly rejection: Rejection; readonly names: Names };

/** Reads one client frame. */
export function parseFrame(text: string): Parsed {
  const { object, rejection } = readObject(text);
  const refused = (why: Rejection): Parsed => ({
    rejection: why,
    names: object === undefined ? {} : namesOf(object),
  });
  if (rejection !== undefined) return refused(rejection);
  const parsed = ClientFrameShape.safeParse(object);
  return parsed.success ? { frame: parsed.data } : refused(rejectionOf(parsed.error.issues));
}

/** A client's text as one JSON object; `rejection`: the rule that it breaks, as every door says it. */
interface Read {
  readonly object?: object;
  readonly rejection?: Rejection;
}

/** Reads a text of a client, whatever it is for. The depth is checked on the text, before anything walks what was parsed. */
export function readObject(text: string): Read {
  const json = jsonOf(text);
  const object = isObject(json) ? { object: json } : {};
  if (deeperThan(text, DEPTH_MAX)) return { ...object, rejection: tooDeep(json) };
  return isObject(json) ? object : { rejection: { code: "frame.malformed" } };
}

/** The parser has no stack that depth could fill. Undefined: it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of all that a frame may have, data alone is as deep as its client likes. */
function tooDeep(json: unknown): Rejection {
  const isData = isObject(json) && faultOfData(json["data"]) === "frame.too_deep";
  return { code: "frame.too_deep", ...(isData && { field: "data" }) };
}

/** Fields that say what is wanted. */
const VERBS: ReadonlySet<string> = new Set(["t", "ask.do"]);

/** The first broken rule. The zod message of a rule is its code, where it has one of its own. */
export function rejectionOf(issues: readonly z.core.$ZodIssue[]): Rejection {
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  const issue = unknown ?? issues[0];
  if (issue === undefined) return { code: "frame.invalid" };
  if (issue.code === "unrecognized_keys")
    return {
      code: "frame.unknown_field",
      field: [...issue.path, issue.keys[0]].join(".").slice(0, 80),
    };
  const field = issue.path.join(".");
  if (issue.code === "invalid_union" && VERBS.has(field)) return { code: "op.unknown", field };
  const named = field === "" ? {} : { field };
  if (isRejectionCode(issue.message)) return { code: issue.message, ...named };
  // A number that is too large for any field is told of the field's own bound, which is the last.
  const own = issues.findLast(({ code, path }) => code === issue.code && path.join(".") === field);
  const bound = boundOf(own ?? issue);
  return { code: "frame.invalid", ...named, ...(bound && { bound }) };
}

/** The names of a frame, by which a client can tell which of its frames was refused. */
function namesOf(json: object): Names {
  const { ref, cid } = json as { ref?: unknown; cid?: unknown };
  const named = RefShape.safeParse(ref);
  const numbered = Cid.safeParse(cid);
  return {
    ...(named.success && { ref: named.data }),
    ...(numbered.success && { cid: numbered.data }),
  };
}
