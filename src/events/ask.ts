import * as z from "zod";
import { UserId } from "./ids.ts";
import { ASKED_USERS_MAX } from "./limits.ts";

/** A link's secret: 16 random bytes, base64url without padding. */
const Secret = z.string().regex(/^[A-Za-z0-9_-]{22}$/, "message.malformed");
/** The members who may do something. */
const Who = z.enum(["all", "admins"]);

/** Limits of a group for ever, as the settings were when it was made: what a decision depends on is in the log. */
export const GroupLimits = z.object({
  members: z.int().positive(),
  /** On the long run, of all members together. */
  sendsPerSecond: z.int().positive(),
});
export type GroupLimits = z.infer<typeof GroupLimits>;

/** Rules of a group: who may send, who may change name and description, who may add others. Those that an ask leaves out stay. */
export const GroupRules = { send: Who.optional(), edit: Who.optional(), add: Who.optional() };
/** Description of a group. */
export const Described = { name: z.string().optional(), about: z.string().optional() };

/**
 * Asks: what somebody wants of a group, as their own mailbox and the group's have it (docs/events.md). The group's facts say
 * what came of it.
 */
export const Asking = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("create"),
    name: z.string(),
    members: z.array(UserId).max(ASKED_USERS_MAX).optional(),
    limits: GroupLimits,
  }),
  z.object({ do: z.literal("add"), users: z.array(UserId).min(1).max(ASKED_USERS_MAX) }),
  z.object({ do: z.literal("remove"), user: UserId }),
  z.object({
    do: z.literal("leave"),
    /** Stated by the member's own actor, which declines the membership: they are in too many groups. */
    why: z.literal("limit").optional(),
  }),
  z.object({ do: z.literal("promote"), user: UserId }),
  z.object({ do: z.literal("demote"), user: UserId }),
  z.object({ do: z.literal("describe"), ...Described }),
  z.object({ do: z.literal("rule"), ...GroupRules }),
  z.object({
    do: z.literal("invite"),
    /** Made by the gateway; absent: there is no link any more. */
    secret: Secret.optional(),
  }),
  z.object({ do: z.literal("join"), secret: Secret }),
  /** An actor asks it for its user, where a roll-back took what it knew. */
  z.object({ do: z.literal("standing") }),
]);
export type Asking = z.infer<typeof Asking>;
