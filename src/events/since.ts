import type { Event } from "./event.ts";

/** The rules of every stream that there is: entries of the types that they know may lie anywhere. */
export const FIRST_RULES = 1;

/**
 * The rules from which on an entry of a type may lie in a stream. A new type gets a number above all others, and a name that no other
 * family has; it is stored only where the stream's own rules are as high (docs/adr/0047).
 */
const SINCE: Readonly<Record<Event["type"], number>> = {
  MessageSent: FIRST_RULES,
  MessageDelivered: FIRST_RULES,
  MessageRead: FIRST_RULES,
  SessionOpened: FIRST_RULES,
  SessionClosed: FIRST_RULES,
  HeadAsked: FIRST_RULES,
  SignedOut: FIRST_RULES,
  GroupAsked: FIRST_RULES,
  GroupChanged: FIRST_RULES,
  ReceiptsGathered: FIRST_RULES,
  GroupJoined: FIRST_RULES,
  GroupLeft: FIRST_RULES,
  Refused: FIRST_RULES,
  UserActive: FIRST_RULES,
  StreamBegan: FIRST_RULES,
  RulesRaised: FIRST_RULES,
  GenerationBegan: FIRST_RULES,
  EndAsked: FIRST_RULES,
  PutBack: FIRST_RULES,
  OwnerClaimed: FIRST_RULES,
  OwnerLeft: FIRST_RULES,
  SlotsDealt: FIRST_RULES,
  SlotsKept: FIRST_RULES,
};

/** The rules that this version reads by: those of its newest type. */
export const RULES = Math.max(...Object.values(SINCE));

/** The rules that a stream must have before an entry of the type is stored in it. */
export const rulesFor = (type: Event["type"]): number => SINCE[type];
