import { CLOSES } from "../../protocol/codes.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { isGroup } from "../../events/messageid.ts";
import { claimOf } from "../../rules/receipts.ts";
import { NotNowError, type Identity } from "../ports.ts";
import { ask } from "./asking.ts";
import { come, leave } from "./coming.ts";
import { fill, readAhead } from "./filling.ts";
import { markKey } from "./marks.ts";
import type { Connected } from "./addressee.ts";
import type { Parts } from "./parts.ts";
import type { Effect, Happening } from "./session.ts";
import { store } from "./sending.ts";

type Of<T extends Effect["do"]> = Extract<Effect, { do: T }>;
type Verified = Extract<Happening, { type: "verified" }>;
type Unopened = Extract<Happening, { type: "unopened" }>;

/** Performs what the rules of a session ask for: the only place where a session touches the world. */
export function perform(effect: Effect, on: Connected, parts: Parts): void {
  switch (effect.do) {
    case "tell":
      return tell(effect.text, on, parts);
    case "say":
      if (effect.frame.t === "error") parts.meter.refused(effect.frame.code);
      return tell(JSON.stringify(effect.frame), on, parts);
    case "send":
    case "request":
      return void store(effect, on, parts);
    case "mark":
      return mark(effect, on, parts);
    case "tellAll":
      on.wire.sendAll(effect.texts);
      return bound(on, parts);
    case "fill":
      return void fill(effect, on, parts);
    case "ask":
      return ask(effect, on, parts);
    case "active":
      if (parts.people.isNews(effect.user, parts.now()))
        parts.world.active(effect.user, effect.action);
      return;
    case "typing":
      return typing(effect, on, parts);
    case "enter":
      return parts.groups.open(on, effect.user, effect.since);
    case "follow":
      return parts.groups.caughtUp(on);
    case "watch":
      return watch(effect, on, parts);
    case "unwatch":
      for (const user of effect.users) parts.presence.unwatch(user, on);
      return;
    default:
      return performLife(effect, on, parts);
  }
}

/** The begin and the end of a session. */
function performLife(
  effect: Of<"verify" | "read" | "open" | "readAhead" | "greeted" | "ping" | "close" | "leave">,
  on: Connected,
  parts: Parts,
): void {
  switch (effect.do) {
    case "verify":
      return void verify(effect, on, parts);
    case "read":
      return void read(effect.token, parts).then((happening) => on.happen(happening));
    case "open":
      return come(effect, on, parts);
    case "readAhead":
      return readAhead(effect, on, parts);
    case "greeted":
      return parts.greeted(on.address);
    case "ping":
      return on.wire.ping();
    case "close": {
      const { code, reason } = CLOSES[effect.close];
      return on.wire.close(code, reason);
    }
    case "leave":
      parts.groups.leave(on);
      return leave(effect, on, parts);
  }
}

function tell(text: string, on: Connected, parts: Parts): void {
  on.wire.send(text);
  bound(on, parts);
}

/** Cuts a socket off that does not read, at the limit. */
function bound(on: Connected, { limits }: Parts): void {
  if (on.wire.backlog > limits.queueBytes) on.happen({ type: "ended", close: "slow" });
}

/** Ten years: the end of a token that names a later one. So every duration is a whole number that JSON and clients can hold. */
const TOKEN_MS_MAX = 10 * 365 * 86_400_000;

/** Reads a token, and says what has come of it. */
async function read(token: string, parts: Parts): Promise<Verified | Unopened> {
  try {
    await parts.hellos.turn();
    const identity = await parts.verify(token);
    const ms = { now: parts.now(), wall: parts.wall() };
    return { type: "verified", identity: identity && inTime(identity, ms) };
  } catch (error) {
    if (error instanceof NotNowError) return { type: "unopened", retryAfterMs: error.retryAfterMs };
    parts.chronicle.failed(error, "token not read");
    return { type: "unopened" };
  }
}

async function verify({ token }: Of<"verify">, on: Connected, parts: Parts): Promise<void> {
  const happening = await read(token, parts);
  if (happening.type === "verified" && happening.identity !== undefined)
    await parts.openings.enter(on);
  on.happen(happening);
  if (on.session.is !== "opening") parts.openings.leave(on);
}

/**
 * An identity by the gateway's clocks. From here on the token's end is a moment of the monotonic one: setting the other
 * moves nothing. It was issued no later than now, whatever its issuer's clock says: a sign-out that comes behind the
 * session ends it.
 */
function inTime(
  { user, expiresAt, issuedAt }: Identity,
  { now, wall }: { now: number; wall: number },
): Identity {
  const known = { user, expiresAt: now + Math.min(expiresAt - wall, TOKEN_MS_MAX) };
  if (issuedAt === undefined) return known;
  return { ...known, issuedAt: Math.max(0, Math.floor(Math.min(issuedAt, wall))) };
}

function typing({ frame, from }: Of<"typing">, on: Connected, parts: Parts): void {
  const { peer: to } = frame;
  if (!isGroup(to) || isMember(on, { frame, group: to }, parts)) parts.world.typing({ to, from });
}

/** Before a group is asked about again of which it is not known yet whether the user is in it. */
const STANDING_AGAIN_MS = 1_000;

/** Is the user in the group? If not the frame is refused, and so it is for a group that never was. */
function isMember(
  on: Connected,
  { frame, group }: { readonly frame: ClientFrame; readonly group: string },
  { groups }: Parts,
): boolean {
  const isIn = groups.standing(on, group);
  if (isIn === true) return true;
  const rejection =
    isIn === false
      ? ({ code: "not_found", field: "peer" } as const)
      : ({ code: "unavailable", retryAfterMs: STANDING_AGAIN_MS } as const);
  on.happen({ type: "refused", frame, rejection, blamed: false });
  return false;
}

/** A receipt that was not stored is said again then: its stream is away, and nobody waits for a tick as for a message. */
const MARK_AGAIN_MS = 5_000;

/** Stores a receipt. It has no reply, since its effect is an event; one that was not stored is refused, so that it is said again. */
function mark({ by, frame }: Of<"mark">, on: Connected, parts: Parts): void {
  const { marks, people, world, chronicle } = parts;
  const { user, deviceId } = by;
  const { peer, upTo } = frame;
  if (isGroup(peer)) {
    if (isMember(on, { frame, group: peer }, parts))
      parts.groups.claim(on, peer, upTo, frame.t === "read");
    return;
  }
  const claim = { delivered: upTo, read: frame.t === "read" ? upTo : 0 };
  const key = markKey(user, deviceId, peer);
  if (!marks.rises(key, claim, parts.now())) return;
  const retryAfterMs = people.take("marks", user, parts.now());
  if (retryAfterMs > 0) return refuseUnblamed(on, { frame, retryAfterMs });
  const type = frame.t === "read" ? "MessageRead" : "MessageDelivered";
  const fact = { type, author: user, peer, device: deviceId, upTo } as const;
  const remember = marks.storing(key);
  const stored = world.receipt(user, on.key.sessionId, fact);
  // A receipt that waits has taken this one up.
  if (stored === undefined) return;
  on.begun();
  stored.then(
    ({ event }) => {
      remember(claimOf(event), parts.now());
      on.done();
    },
    (error: unknown) => {
      chronicle.failed(error, "receipt not stored");
      const rejection = { code: "unavailable", retryAfterMs: MARK_AGAIN_MS } as const;
      on.happen({ type: "refused", frame, rejection, blamed: false });
      on.done();
    },
  );
}

function watch({ by, frame, users, fresh }: Of<"watch">, on: Connected, parts: Parts): void {
  const retryAfterMs = parts.people.take("watches", by.user, parts.now(), users.length);
  if (retryAfterMs > 0) return refuseUnblamed(on, { frame, retryAfterMs, users: fresh });
  for (const user of users) {
    // The answer may be more than it reads: then it watches nobody any more.
    if (on.session.is === "live") parts.presence.watch(user, on);
  }
}

/** A frame whose user has spent what there was. */
interface Spent {
  readonly frame: ClientFrame;
  readonly retryAfterMs: number;
  /** Of a `watch`: the users that it named first. */
  readonly users?: readonly string[];
}

/** Another device of the user may have used it up, so that is no strike. */
function refuseUnblamed(on: Connected, { frame, retryAfterMs, users = [] }: Spent): void {
  const rejection = { code: "rate_limited", retryAfterMs } as const;
  on.happen({ type: "refused", frame, rejection, blamed: false, users });
}
