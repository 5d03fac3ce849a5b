import type { Rejection } from "../../protocol/codes.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import type { Unwatch, Watch } from "../../protocol/frames/presence.ts";
import type { AskFrame } from "../../protocol/frames/group.ts";
import type { Send } from "../../protocol/frames/send.ts";
import type { Typing } from "../../protocol/frames/signals.ts";
import { amend } from "./amend.ts";
import { blame, forgive, namesOf, refusal } from "./blame.ts";
import type { HeartbeatEnds } from "./heart.ts";
import { draw, type GatewayLimits } from "./limits.ts";
import { answered, numbered, PENDING_MS } from "./numbers.ts";
import { queryOf } from "./stamp.ts";
import { refresh } from "./refreshing.ts";
import {
  NOTHING,
  type Author,
  type Effect,
  type Happening,
  type Live,
  type Numbered,
  type Step,
  type Terms,
} from "./session.ts";

/** Typing signals at once. */
const TYPING_BURST = 3;

/** The step that a valid frame of a welcomed client asks for. */
export function obey(
  live: Live,
  { frame, waitMs = 0, confirmed, heads }: Of<"frame">,
  now: number,
  { limits }: Terms,
): Step {
  const own = draw(live.frames, now, limits.framesPerSecond, limits.framesBurst);
  const next = amend(live, { frames: own.bucket });
  const retryAfterMs = Math.max(own.retryAfterMs, waitMs);
  if (retryAfterMs > 0) return blame(next, { code: "rate_limited", retryAfterMs }, namesOf(frame));
  if ("peer" in frame && frame.peer === live.user)
    return blame(next, { code: "id.self", field: "peer" }, namesOf(frame));
  if (frame.t === "ping")
    return [forgive(next), [{ do: "say", frame: pong(next, { confirmed, heads }, frame.ref) }]];
  return dispatch(next, frame, now, limits);
}

/** A frame that was read as none. */
export const misread = (live: Live, { rejection, names }: Of<"misread">): Step =>
  blame(live, rejection, names);

/** A send or an ask was answered: its number is free, and its client is told. */
export const stored = (live: Live, { frame, sent }: Of<"stored">): Step => [
  unpend(live, frame),
  [{ do: "say", frame: sent }],
];

/** The wish of a frame cannot be: it is as if it had not been said. */
export function refused(live: Live, happening: Of<"refused">): Step {
  const { frame, rejection, blamed, users = [] } = happening;
  const next = undo(live, frame, users);
  const names = namesOf(frame);
  return blamed ? blame(next, rejection, names) : [next, [refusal(rejection, names)]];
}

type Of<T extends Happening["type"]> = Extract<Happening, { type: T }>;

function dispatch(
  live: Live,
  frame: Exclude<ClientFrame, { t: "ping" }>,
  now: number,
  limits: GatewayLimits,
): Step {
  const by = authorOf(live);
  switch (frame.t) {
    case "hello":
      return blame(live, { code: "op.out_of_order", field: "t" }, namesOf(frame));
    case "refresh":
      return refresh(live, frame, now);
    case "send":
      return send(live, frame, limits);
    case "ask":
      return request(live, frame, limits);
    case "delivered":
      return [forgive(live), [{ do: "mark", by, frame }]];
    case "read":
      return [forgive(live), [{ do: "mark", by, frame }, ...active(live, "read", frame.auto)]];
    case "typing":
      return typing(live, frame, now, limits);
    case "focus":
      return [forgive(live), active(live, "focus")];
    case "watch":
    case "unwatch":
      return watch(live, frame, limits);
    case "chats":
    case "history":
    case "status":
    case "lastSeen":
    case "sessions":
    case "keyed":
    case "group":
    case "members":
    case "info":
      // A question forgives nothing: only its answer would show that it was not one too many.
      return [live, [{ do: "ask", by, frame, query: queryOf(by, frame) }]];
  }
}

function send(live: Live, frame: Send, limits: GatewayLimits): Step {
  if (frame.to === live.user) return blame(live, { code: "id.self", field: "to" }, namesOf(frame));
  const next = pend(live, frame, limits);
  if ("code" in next) return blame(live, next, namesOf(frame));
  const effect: Effect = { do: "send", by: authorOf(live), frame };
  return [next, [effect, ...active(live, "send", frame.auto)]];
}

/** An ask takes the next number of its instance, as a send does. */
function request(live: Live, frame: AskFrame, limits: GatewayLimits): Step {
  const next = pend(live, frame, limits);
  if ("code" in next) return blame(live, next, namesOf(frame));
  return [next, [{ do: "request", by: authorOf(live), frame }]];
}

/** The session with one more that waits to be stored, or why there is no room. */
function pend(live: Live, { cid }: Numbered, limits: GatewayLimits): Live | Rejection {
  if (live.pendingSends >= limits.pendingSends)
    return { code: "limit.pending", retryAfterMs: PENDING_MS };
  const numbers = numbered(live.numbers, cid);
  if ("code" in numbers) return numbers;
  return amend(live, { strikes: 0, numbers, pendingSends: live.pendingSends + 1 });
}

function typing(live: Live, frame: Typing, now: number, limits: GatewayLimits): Step {
  const { bucket, retryAfterMs } = draw(live.typing, now, limits.typingPerSecond, TYPING_BURST);
  const next = { ...live, typing: bucket };
  if (retryAfterMs > 0) return blame(next, { code: "rate_limited", retryAfterMs }, namesOf(frame));
  const effect: Effect = { do: "typing", from: live.user, frame };
  return [forgive(next), [effect, ...active(live, "typing")]];
}

function watch(live: Live, frame: Watch | Unwatch, limits: GatewayLimits): Step {
  const watched = new Set(live.watched);
  const named = [...new Set(frame.users)];
  if (frame.t === "unwatch") {
    const users = named.filter((user) => watched.delete(user));
    return [{ ...forgive(live), watched }, [{ do: "unwatch", users }]];
  }
  for (const user of named) watched.add(user);
  if (watched.size > limits.watches)
    return blame(live, { code: "limit.watches", field: "users" }, namesOf(frame));
  const fresh = named.filter((user) => !live.watched.has(user));
  // A user who is watched already is told of once more.
  return [
    { ...forgive(live), watched },
    [{ do: "watch", by: authorOf(live), frame, users: named, fresh }],
  ];
}

const active = (
  { user }: Live,
  action: Extract<Effect, { do: "active" }>["action"],
  auto = false,
): readonly Effect[] => (auto ? NOTHING : [{ do: "active", user, action }]);

const authorOf = ({ user, deviceId }: Live): Author => ({ user, deviceId });

/** The heartbeat. A head that is not confirmed is not said: a device would take it for all there is. */
export const pong = (
  { cursor }: Live,
  { confirmed, heads }: HeartbeatEnds,
  ref?: ClientFrame["ref"],
) =>
  ({
    t: "pong",
    ...(confirmed === true && { head: cursor.head }),
    ...(heads !== undefined && { heads }),
    ...(ref !== undefined && { ref }),
  }) as const;

const unpend = (live: Live, { cid }: Numbered): Live =>
  amend(live, {
    numbers: answered(live.numbers, cid),
    pendingSends: live.pendingSends - 1,
  });

function undo(live: Live, frame: ClientFrame, users: readonly string[]): Live {
  if (frame.t === "send" || frame.t === "ask") return unpend(live, frame);
  if (users.length === 0) return live;
  return { ...live, watched: new Set([...live.watched].filter((user) => !users.includes(user))) };
}
