import { z } from "zod";
import { Id, ResumeHash, ResumeSecret } from "./ids.ts";

const closeReasons = [
  "left",
  "idle",
  "slow",
  "drained",
  "expired",
  "refused",
  "replaced",
  "gateway-lost",
] as const;

/**
 * Sessions: a device of the mailbox's owner came or went (docs/events.md). They lie on a subject of
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
  }),
  z.object({
    type: z.literal("SessionClosed"),
    sessionId: Id,
    reason: z.enum(closeReasons),
    /** The secret itself; a closing by `replaced` counts only with the right one. */
    resume: ResumeSecret.optional(),
  }),
]);
export type SessionEvent = z.infer<typeof SessionEvent>;
export type CloseReason = (typeof closeReasons)[number];
