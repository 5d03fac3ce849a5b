import type { SessionEvent } from "../../events/session.ts";
import { hashOf } from "../../rules/resume.ts";
import { dropReading } from "./filling.ts";
import type { Addressee, Connected, Parts } from "./parts.ts";
import type { Effect } from "./session.ts";

type Of<T extends Effect["do"]> = Extract<Effect, { do: T }>;

/** Between two tries to state an end, each of which is the broker's minute long; and before a client that cannot be let in now comes back. */
const AGAIN_MS = 1_000;

/** Counts the session in and states its opening; first the end of the one that it replaces. */
export function come(effect: Of<"open">, on: Connected, parts: Parts): void {
  const { user, deviceId, replaces } = effect;
  const { world, people, sessions, log } = parts;
  const { sessionId } = on.key;
  const { gatewayId } = world;
  if (gatewayId === undefined)
    return on.happen({
      type: "turnedAway",
      rejection: { code: "unavailable", retryAfterMs: AGAIN_MS },
    });
  const old = replaces && sessions.get(replaces.sessionId);
  // One of this gateway makes room at once; no other client can know its secret.
  if (old !== undefined && isOf(old, user) && old.key.resume === replaces?.resume)
    old.happen({ type: "ended", close: "replaced" });
  const rejection = people.enter(user, deviceId, parts.now());
  if (rejection !== undefined) return on.happen({ type: "turnedAway", rejection });
  sessions.set(sessionId, on);
  if (replaces !== undefined)
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
        log.warn({ error }, "session not opened");
        on.happen({ type: "unopened" });
      },
    )
    .finally(() => {
      parts.openings.leave(on);
      on.done();
    });
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
 * is under way, and so does not fail with it: an opening that failed here may be stored all the same. It is stated until
 * it is stored, as long as this gateway lives: the actor states only the ends of gateways that are lost.
 */
export function leave({ by, watched, reason }: Of<"leave">, on: Connected, parts: Parts): void {
  const { world, people, presence, sessions, log } = parts;
  const { sessionId, resume } = on.key;
  sessions.delete(sessionId);
  people.leave(by.user, by.deviceId);
  dropReading(on);
  for (const user of watched) presence.unwatch(user, on);
  if (reason === undefined) return;
  const fact: SessionEvent = {
    type: "SessionClosed",
    sessionId,
    reason,
    ...(reason === "replaced" && { resume }),
  };
  const state = (): void =>
    void world.state(by.user, sessionId, fact).catch((error: unknown) => {
      log.warn({ error }, "end of session not stored; it is stated again");
      setTimeout(state, AGAIN_MS).unref();
    });
  on.behind(state);
}
