import { CLOSES, type CloseName } from "../../protocol/codes.ts";
import type { ErrorFrame } from "../../protocol/frames/error.ts";
import type { Effect, Happening, Session } from "./session.ts";

/**
 * A milestone of a session, as the log tells of it: `opened` when its client was welcomed, `closed` when
 * a session that was being opened or used has ended, `refused` when a socket has ended that was never let in.
 */
export interface Milestone {
  readonly is: "opened" | "closed" | "refused";
  /** Absent: nobody knows who it is. */
  readonly user?: string;
  readonly device?: string;
  /** The name of a refusal or of a close (protocol/codes.ts), or `left`: the client's side has ended it. */
  readonly code?: string;
  /** The WebSocket's close code. */
  readonly close?: number;
  /** The rule, in a sentence. */
  readonly reason?: string;
}

/**
 * The milestone that a session has reached by a step; undefined: none. A socket that leaves before it has said who it is
 * was neither opened nor refused.
 */
export function milestoneOf(
  [before, after]: readonly [Session, Session],
  happening: Happening,
  effects: readonly Effect[],
): Milestone | undefined {
  if (before.is === after.is) return undefined;
  if (after.is === "live") return { is: "opened", ...whoIn(after) };
  if (after.is !== "closed") return undefined;
  const who = { ...whoIn(before), ...whoSaid(happening) };
  return endOf(before, happening, effects, who);
}

/** The end of a session, or of a socket that has not become one. */
function endOf(
  before: Session,
  happening: Happening,
  effects: readonly Effect[],
  who: Who,
): Milestone | undefined {
  const how = howOf(happening, effects);
  const refusal = before.is === "live" ? undefined : effects.find(isRefusal)?.frame;
  if (refusal !== undefined) return { is: "refused", ...who, ...how, ...saying(refusal) };
  if (before.is === "live" || before.is === "opening") return { is: "closed", ...who, ...how };
  return happening.type === "gone" ? undefined : { is: "refused", ...who, ...how };
}

type Who = Pick<Milestone, "user" | "device">;
type How = Pick<Milestone, "code" | "close" | "reason">;

function whoIn(session: Session): Who {
  switch (session.is) {
    case "awaiting":
    case "closed":
      return {};
    case "verifying":
      return { device: session.hello.deviceId };
    case "opening":
      return { user: session.user, device: session.hello.deviceId };
    case "live":
      return { user: session.user, device: session.deviceId };
  }
}

/** A token names its user also where the hello is refused for another reason. */
const whoSaid = (happening: Happening): Who =>
  happening.type === "verified" && happening.identity !== undefined
    ? { user: happening.identity.user }
    : {};

/** Too long a frame and broken UTF-8 are the WebSocket's own refusals. */
const OWN: Readonly<Record<number, string>> = {
  1007: "the WebSocket's text is no UTF-8",
  1009: "the WebSocket's message is too large",
};

function howOf(happening: Happening, effects: readonly Effect[]): How {
  if (happening.type === "gone") {
    const { code } = happening;
    return {
      code: code in OWN ? "refused" : "left",
      close: code,
      reason: OWN[code] ?? "the client's side has ended it",
    };
  }
  const name = effects.find(isClose)?.close;
  return name === undefined
    ? {}
    : { code: name, close: CLOSES[name].code, reason: CLOSES[name].reason };
}

const saying = ({ code, message }: ErrorFrame): How => ({ code, reason: message });

const isClose = (effect: Effect): effect is { do: "close"; close: CloseName } =>
  effect.do === "close";
const isRefusal = (effect: Effect): effect is { do: "say"; frame: ErrorFrame } =>
  effect.do === "say" && effect.frame.t === "error";
