import type { Entry } from "../events/entry.ts";
import type { Names, Ref } from "./envelope.ts";
import { explain, REJECTIONS, type Rejection } from "./codes.ts";
import type { ErrorFrame } from "./frames/error.ts";
import type { Reply } from "./frames/reply.ts";

/** The text of an `event` frame: the same live and on resume, for every device. */
export const eventFrame = (
  { owner, seq, at, generation = 0 }: Pick<Entry, "owner" | "seq" | "at" | "generation">,
  prev: number,
  raw: string,
): string => {
  const of = generation === 0 ? "" : `"generation":${generation},`;
  return `{"t":"event","mailbox":"${owner}","seq":${seq},"prev":${prev},${of}"at":${at},"event":${raw}}`;
};

/** Stands for an entry that is no JSON, so that the chain of seqs goes on. */
const UNREADABLE = '{"type":"Unreadable"}';

/**
 * Events as this system writes them: an object of texts, numbers and truth values, without blanks. The
 * pattern is a part of JSON's own grammar, so a text that fits is JSON, whoever wrote it. Each place of a
 * text fits one part of the pattern, so a text that does not fit is found out in one go.
 */
const CANONICAL =
  /^\{"type":"\w+"(?:,"\w+":(?:"[ !#-[\]-\uffff]*(?:\\["\\/bfnrt][ !#-[\]-\uffff]*)*"|0|[1-9]\d*|true|false))*\}$/;

/** An entry's text, or what stands for it. Other forms than ours are parsed, which takes four times as long. */
export function readable(raw: string): string {
  if (CANONICAL.test(raw)) return raw;
  try {
    JSON.parse(raw);
    return raw;
  } catch {
    return UNREADABLE;
  }
}

/** The text of a `reply` frame; `result`: the answer as JSON text, which nobody opens on the way. */
export function replyFrame(view: Reply["view"], seq: number, result: string, ref?: Ref): string {
  const named = ref === undefined ? "" : `"ref":${JSON.stringify(ref)},`;
  return `{"t":"reply","view":"${view}",${named}"seq":${seq},"result":${result}}`;
}

/** The `error` frame of a refusal: the field and the rule, never what the field held. */
export function errorFrame(rejection: Rejection, names: Names = {}): ErrorFrame {
  const { bound: _, ...said } = rejection;
  const { retryable } = REJECTIONS[said.code];
  return { t: "error", ...said, message: explain(rejection), retryable, ...names };
}
