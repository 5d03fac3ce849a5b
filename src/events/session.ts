import * as z from "zod";
import { Id, ResumeHash, ResumeSecret, Seq } from "./ids.ts";

const closeReasons = [
  "left",
  "idle",
  "slow",
  "drained",
  "expired",
  "refused",
  "replaced",
  "revoked",
  "gateway-lost",
  "limit",
] as const;

/**
 * Sessions: a device of the mailbox's owner came or went, or was sent away (docs/events.md). They lie on a subject of
 * their own, since nobody but the owner's actor and gateways needs them.
 */
export const SessionEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("SessionOpened"),
    sessionId: Id,
    gatewayId: Id,
    deviceId: Id,
    /** SHA-256 of the secret that the session's client keeps in memory (`rules/resume.ts`). */
    resume: ResumeHash.optional(),
    /** When the session's token was issued, ms since 1970; absent: the token does not say, so it is older than every sign-out. */
    issuedAt: Seq.optional(),
  }),
  z.object({
    type: z.literal("SessionClosed"),
    sessionId: Id,
    reason: z.enum(closeReasons),
    /** The secret itself; a closing by `replaced` counts only with the right one. */
    resume: ResumeSecret.optional(),
    /**
     * Stated by somebody else than the session's own gateway, so not behind all that the session has said: the rest
     * of it may be stored for {@link LATE_MS} more.
     */
    elsewhere: z.literal(true).optional(),
  }),
  /**
   * The gateway of a session has heard nothing of the stream's owner, and learns by this entry's own seq how far the log is. It
   * changes nothing, whether that session is open, closed or unknown.
   */
  z.object({ type: z.literal("HeadAsked"), sessionId: Id }),
  z.object({
    type: z.literal("SignedOut"),
    /** The one device that it is about; absent: all of them. */
    device: Id.optional(),
    /** Tokens issued before this count no longer; ms since 1970. */
    before: Seq,
    /** Until then no token counts; ms since 1970, absent: later ones do at once. */
    until: Seq.optional(),
  }),
]);
export type SessionEvent = z.infer<typeof SessionEvent>;
/**
 * The longest a gateway tries to store what a session has said, ms: so long behind a closing that somebody else has stated,
 * nothing of the session comes any more (`nats/publish/publisher.ts` gives up before).
 */
export const LATE_MS = 60_000;
export type CloseReason = (typeof closeReasons)[number];
