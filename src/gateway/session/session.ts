import { REJECTIONS, type Rejection } from "../../protocol/codes.ts";
import type { Activity } from "../../events/activity.ts";
import { INSTANCES_MAX, parseCid } from "../../rules/sends.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { PAGE_ROWS } from "../../protocol/frames/history.ts";
import type { Question } from "../../protocol/frames/reply.ts";
import type { Query } from "../../protocol/internal/query.ts";
import { draw, type Bucket, type GatewayLimits } from "./limits.ts";

/** What a greeted session remembers to judge the next frame. */
export interface Session {
  readonly user: string;
  readonly device: string;
  readonly frames: Bucket;
  readonly typing: Bucket;
  /** Frames in a row that were refused or came too fast. */
  readonly strikes: number;
  /** The highest n of each client instance: a lower one would be taken for a repeat. */
  readonly sends: readonly (readonly [instance: string, n: number])[];
  readonly pendingSends: number;
  readonly watched: ReadonlySet<string>;
}

type Frame<T extends ClientFrame["t"]> = Extract<ClientFrame, { t: T }>;

/** What the socket is to do for a frame. */
export type Effect =
  | { readonly do: "refuse"; readonly rejection: Rejection }
  | { readonly do: "active"; readonly action: Activity["action"] }
  | { readonly do: "send"; readonly frame: Frame<"send"> }
  | {
      readonly do: "receipt";
      readonly peer: string;
      readonly delivered: number;
      readonly read: number;
    }
  | { readonly do: "typing"; readonly to: string }
  | { readonly do: "watch" | "unwatch"; readonly users: readonly string[] }
  | { readonly do: "ask"; readonly view: Question["t"]; readonly query: Query }
  | { readonly do: "pong" };

/** Refused or too fast so often in a row, a client is cut off. */
export const STRIKES_MAX = 20;

const NOBODY: ReadonlySet<string> = new Set();

export const greeted = (user: string, device: string): Session => ({
  user,
  device,
  frames: 0,
  typing: 0,
  strikes: 0,
  sends: [],
  pendingSends: 0,
  watched: NOBODY,
});

/** One more bad frame. */
export const strike = (session: Session): Session => ({ ...session, strikes: session.strikes + 1 });

/** One send was answered; `failed`: it was not stored, so its number may come again. */
export function answered(session: Session, failed?: string): Session {
  const pendingSends = session.pendingSends - 1;
  if (failed === undefined) return { ...session, pendingSends };
  const { instance, n } = parseCid(failed);
  const sends = session.sends.map(([name, highest]): readonly [string, number] => [
    name,
    name === instance ? Math.min(highest, n - 1) : highest,
  ]);
  return { ...session, pendingSends, sends };
}

/** Is it the client's doing? Not when the same may succeed later, unless it comes too fast. */
const isBlamed = ({ code }: Rejection): boolean =>
  code === "rate_limited" || !REJECTIONS[code].retryable;

const refusal = (rejection: Rejection): Effect => ({ do: "refuse", rejection });
const refuse = (session: Session, rejection: Rejection): [Session, Effect[]] => [
  strike(session),
  [refusal(rejection)],
];

/**
 * What a valid frame of a greeted client asks for. Pure: the socket does it. `waitMs`: a send comes
 * too soon for its user by so much; it is not taken, so it does not use up its number.
 */
export function step(
  session: Session,
  frame: ClientFrame,
  now: number,
  limits: GatewayLimits,
  waitMs = 0,
): [Session, Effect[]] {
  const { bucket, retryAfterMs } = draw(
    session.frames,
    now,
    limits.framesPerSecond,
    limits.framesBurst,
  );
  const next = { ...session, frames: bucket };
  if (retryAfterMs > 0) return refuse(next, { code: "rate_limited", retryAfterMs });
  // No strike: another device of the user may have used them up.
  if (waitMs > 0) return [next, [refusal({ code: "rate_limited", retryAfterMs: waitMs })]];
  if ("peer" in frame && frame.peer === session.user)
    return refuse(next, { code: "id.self", field: "peer" });
  const [after, effects] = obey(next, frame, now, limits);
  const [first] = effects;
  if (first?.do === "refuse") return [isBlamed(first.rejection) ? strike(after) : after, effects];
  return [after.strikes === 0 ? after : { ...after, strikes: 0 }, effects];
}

function obey(
  session: Session,
  frame: ClientFrame,
  now: number,
  limits: GatewayLimits,
): [Session, Effect[]] {
  switch (frame.t) {
    case "hello":
      return [session, [refusal({ code: "op.out_of_order", field: "t" })]];
    case "send":
      return send(session, frame, limits);
    case "delivered":
      return [session, [{ do: "receipt", peer: frame.peer, delivered: frame.upTo, read: 0 }]];
    case "read":
      return [
        session,
        [
          { do: "receipt", peer: frame.peer, delivered: frame.upTo, read: frame.upTo },
          { do: "active", action: "read" },
        ],
      ];
    case "typing":
      return typing(session, frame.peer, now, limits);
    case "focus":
      return [session, [{ do: "active", action: "focus" }]];
    case "watch":
    case "unwatch":
      return watch(session, frame, limits);
    case "ping":
      return [session, [{ do: "pong" }]];
    default:
      return [session, [{ do: "ask", view: frame.t, query: query(session.user, frame) }]];
  }
}

function send(session: Session, frame: Frame<"send">, limits: GatewayLimits): [Session, Effect[]] {
  const fail = (rejection: Rejection): [Session, Effect[]] => [session, [refusal(rejection)]];
  if (frame.to === session.user) return fail({ code: "id.self", field: "to" });
  if (session.pendingSends >= limits.pendingSends)
    return fail({ code: "limit.pending", retryAfterMs: 1_000 });
  const { instance, n } = parseCid(frame.cid);
  const last = session.sends.find(([name]) => name === instance)?.[1] ?? -1;
  if (n < last) return fail({ code: "cid.not_rising", field: "cid" });
  const sends = n === last ? session.sends : risen(session.sends, instance, n);
  return [
    { ...session, sends, pendingSends: session.pendingSends + 1 },
    [
      { do: "send", frame },
      { do: "active", action: "send" },
    ],
  ];
}

/** The instance used last first; as many as the mailbox remembers. */
const risen = (sends: Session["sends"], instance: string, n: number): Session["sends"] => [
  [instance, n],
  ...sends.filter(([name]) => name !== instance).slice(0, INSTANCES_MAX - 1),
];

function typing(
  session: Session,
  to: string,
  now: number,
  limits: GatewayLimits,
): [Session, Effect[]] {
  const { bucket, retryAfterMs } = draw(session.typing, now, limits.typingPerSecond, 3);
  const next = { ...session, typing: bucket };
  if (retryAfterMs > 0) return [next, [refusal({ code: "rate_limited", retryAfterMs })]];
  return [
    next,
    [
      { do: "typing", to },
      { do: "active", action: "typing" },
    ],
  ];
}

function watch(
  session: Session,
  { t, users }: Frame<"watch"> | Frame<"unwatch">,
  limits: GatewayLimits,
): [Session, Effect[]] {
  const watched = new Set(session.watched);
  const named = [...new Set(users)];
  // Who is watched already is told of once more.
  const meant = t === "watch" ? named : named.filter((user) => watched.has(user));
  for (const user of meant) {
    if (t === "watch") watched.add(user);
    else watched.delete(user);
  }
  if (watched.size > limits.watches) {
    return [session, [refusal({ code: "limit.watches", field: "users" })]];
  }
  return [{ ...session, watched }, [{ do: t, users: meant }]];
}

/** The question for the views; the asker is stamped here, never taken from the frame. */
function query(owner: string, frame: Question): Query {
  const { v: _v, ref: _ref, ...asked } = frame;
  switch (asked.t) {
    case "chats":
    case "history": {
      const { t: view, limit = PAGE_ROWS, atLeast = 0, ...rest } = asked;
      return { ...rest, view, owner, limit, atLeast } as Query;
    }
    case "status":
      return { view: "status", owner, id: asked.id, atLeast: asked.atLeast ?? 0 };
    case "lastSeen":
      return { view: "lastseen", owner, users: [...asked.users], atLeast: 0 };
  }
}
