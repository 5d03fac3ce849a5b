import { REJECTIONS, type Rejection } from "../../protocol/codes.ts";
import type { Names } from "../../protocol/envelope.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { errorFrame } from "../../protocol/write.ts";
import { amend } from "./amend.ts";
import { close } from "./ending.ts";
import { type Effect, type Live, type Step } from "./session.ts";

/** The rules of strikes. Refused or too fast so often in a row, a client is cut off. */
export const STRIKES_MAX = 20;

/** One more refusal. The client is to blame unless the same may succeed later without its doing anything else. */
export function blame(live: Live, rejection: Rejection, names: Names): Step {
  const said = refusal(rejection, names);
  const { code } = rejection;
  const tooFast = code === "rate_limited" || code === "limit.questions";
  if (!tooFast && REJECTIONS[code].retryable) return [live, [said]];
  const next = amend(live, { strikes: live.strikes + 1 });
  if (next.strikes < STRIKES_MAX) return [next, [said]];
  const [closed, effects] = close(next, tooFast ? "tooMany" : "abuse");
  return [closed, [said, ...effects]];
}

export const forgive = (live: Live): Live =>
  live.strikes === 0 ? live : amend(live, { strikes: 0 });

/** Tells the client that a frame of its is refused. */
export const refusal = (rejection: Rejection, names: Names): Effect => ({
  do: "say",
  frame: errorFrame(rejection, names),
});

/** Names by which a client knows the frame that is answered. */
export const namesOf = (frame: ClientFrame): Names => ({
  ...(frame.ref !== undefined && { ref: frame.ref }),
  ...((frame.t === "send" || frame.t === "ask") && { cid: frame.cid }),
});
