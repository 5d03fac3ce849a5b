import type { Rejection } from "../../protocol/codes.ts";
import type { Refresh } from "../../protocol/frames/refresh.ts";
import type { Identity } from "../ports.ts";
import { blame, namesOf, refusal } from "./blame.ts";
import { draw } from "./limits.ts";
import { NOTHING, type Live, type Step } from "./session.ts";

/** Refreshes of one session at once, and how often one more: a token is good for minutes, and reading one costs a signature. */
const REFRESHES_BURST = 5;
const REFRESH_EVERY_MS = 10_000;
/** Before another refresh, while one is under way or where nothing can be judged. */
const AGAIN_MS = 1_000;

/** The rules of a fresh token in a session that has been welcomed: it moves the session's end, and nothing else. */
export function refresh(live: Live, frame: Refresh, now: number): Step {
  const bucket = draw(live.refreshes, now, 1_000 / REFRESH_EVERY_MS, REFRESHES_BURST);
  const tooSoon = live.refreshing === undefined ? 0 : AGAIN_MS;
  const retryAfterMs = Math.max(bucket.retryAfterMs, tooSoon);
  if (retryAfterMs > 0) return blame(live, { code: "rate_limited", retryAfterMs }, namesOf(frame));
  const next = { ...live, refreshes: bucket.bucket, refreshing: frame };
  return [next, [{ do: "read", token: frame.token }]];
}

/**
 * The token of a refresh was read. One that is not accepted, or is somebody else's, leaves the session as it was; so does one that is
 * older than the session's own: a sign-out may have made it void. One that is not was made void by none, or the session were ended, too.
 */
export function refreshed(live: Live, identity: Identity | undefined, now: number): Step {
  if (identity !== undefined && identity.user !== live.user)
    return unrefreshed(live, { code: "auth.other_user", field: "token" });
  if (identity === undefined || isOlder(identity, live))
    return unrefreshed(live, { code: "auth.invalid_token", field: "token" });
  const { expiresAt } = identity;
  const { refreshing } = live;
  if (refreshing === undefined) return [live, NOTHING];
  const frame = {
    t: "refreshed",
    expiresInMs: leftOf(expiresAt, now),
    ...namesOf(refreshing),
  } as const;
  return [{ ...live, expiresAt, refreshing: undefined }, [{ do: "say", frame }]];
}

/** A token that does not say when it was issued is older than any that does. */
const isOlder = ({ issuedAt = -Infinity }: Identity, session: Live): boolean =>
  issuedAt < (session.issuedAt ?? -Infinity);

/** The token cannot be judged just now. */
export const unjudged = (live: Live, retryAfterMs = AGAIN_MS): Step =>
  unrefreshed(live, { code: "unavailable", retryAfterMs });

/** A token's time from now on, as a client is told. */
export const leftOf = (expiresAt: number, now: number): number =>
  Math.max(0, Math.floor(expiresAt - now));

function unrefreshed(live: Live, rejection: Rejection): Step {
  const { refreshing } = live;
  if (refreshing === undefined) return [live, NOTHING];
  return [{ ...live, refreshing: undefined }, [refusal(rejection, namesOf(refreshing))]];
}
