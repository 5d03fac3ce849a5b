import type { SessionEvent } from "../../events/session.ts";
import type { Replaced } from "../../protocol/frames/hello.ts";
import { hashOf } from "../../rules/resume.ts";
import { dropReading } from "./filling.ts";
import type { Addressee, Connected } from "./addressee.ts";
import type { Parts } from "./parts.ts";
import type { Effect } from "./session.ts";

type Of<T extends Effect["do"]> = Extract<Effect, { do: T }>;

/** Before a client that cannot be let in now comes back. */
const AGAIN_MS = 1_000;

/** Counts the session in and states its opening; first the end of the one that it replaces. */
export function come(effect: Of<"open">, on: Connected, parts: Parts): void {
  const { user, deviceId, replaces } = effect;
  const { world, people, sessions, closings, log } = parts;
  const { sessionId } = on.key;
  const { gatewayId } = world;
  if (gatewayId === undefined || closings.isFull || world.refuses(user))
    return on.happen({
      type: "turnedAway",
      rejection: { code: "unavailable", retryAfterMs: AGAIN_MS },
    });
  const isHere = replaces !== undefined && endsHere(user, replaces, parts);
  const rejection = people.enter(user, deviceId, parts.now());
  if (rejection !== undefined) return on.happen({ type: "turnedAway", rejection });
  sessions.set(sessionId, on);
  if (replaces !== undefined && !isHere)
    world
      .state(user, sessionId, {
        type: "SessionClosed",
        reason: "replaced",
        elsewhere: true,
        ...replaces,
      })
      // Closing and opening go in order: where the closing fails, so does the opening behind it.
      .catch(() => log.debug("replaced session not closed"));
  on.begun();
  void world
    .state(user, sessionId, openingOf(effect, on, gatewayId))
    .then(
      ({ seq }) => {
        parts.openings.stored(on);
        parts.stored(user, seq);
        on.happen({ type: "opened", head: seq, epoch: world.epochOf(user) });
        // Where the client is resynchronised, nobody takes it up.
        if (on.session.is === "live" && on.session.fill === undefined) dropReading(on);
      },
      (error: unknown) => {
        parts.chronicle.failed(error, "session not opened");
        on.happen({ type: "unopened" });
      },
    )
    .finally(() => {
      parts.openings.leave(on);
      on.done();
    });
}

/** Ends a session of this gateway that is replaced: it makes room at once. No other client can know its secret. */
function endsHere(user: string, replaces: Replaced, { sessions }: Parts): boolean {
  const old = sessions.get(replaces.sessionId);
  if (old === undefined || !isOf(old, user) || old.key.resume !== replaces.resume) return false;
  old.happen({ type: "ended", close: "replaced" });
  return true;
}

/** The opening as the mailbox has it. */
const openingOf = (
  { deviceId, issuedAt }: Of<"open">,
  { key }: Connected,
  gatewayId: string,
): SessionEvent => ({
  type: "SessionOpened",
  sessionId: key.sessionId,
  gatewayId,
  deviceId,
  resume: hashOf(key.resume),
  ...(issuedAt !== undefined && { issuedAt }),
});

/** Is it a session of this user? One that has ended is nobody's. */
const isOf = ({ session }: Addressee, user: string): boolean =>
  (session.is === "opening" || session.is === "live") && session.user === user;

/**
 * Every session that was opened is closed in the mailbox, behind all that it has said. The end waits for what
 * is under way, and so does not fail with it: an opening that failed here may be stored all the same.
 */
export function leave({ by, watched, reason }: Of<"leave">, on: Connected, parts: Parts): void {
  const { people, presence, sessions, closings } = parts;
  const { sessionId, resume } = on.key;
  sessions.delete(sessionId);
  people.leave(by.user, by.deviceId);
  dropReading(on);
  for (const user of watched) presence.unwatch(user, on);
  const secret = reason === "replaced" && { resume };
  on.behind(() => closings.state(by.user, { type: "SessionClosed", sessionId, reason, ...secret }));
}
