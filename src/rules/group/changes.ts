import type { GroupFact } from "../../events/groupfact.ts";

const NOBODY: readonly string[] = [];

/** Those whom a fact of a group lets in: their memberships begin at its position. */
export function entering(fact: GroupFact): readonly string[] {
  if (fact.type === "MessageSent") return NOBODY;
  const { change } = fact;
  switch (change.do) {
    case "create":
      return change.members;
    case "add":
      return change.users;
    case "join":
      return [change.user];
    case "remove":
    case "leave":
    case "promote":
    case "demote":
    case "describe":
    case "rule":
    case "invite":
      return NOBODY;
  }
  return change satisfies never;
}

/** The one whose membership ends with a fact of a group, which is the last that they see of it; undefined: nobody's does. */
export function leaving(fact: GroupFact): string | undefined {
  if (fact.type === "MessageSent") return undefined;
  const { change } = fact;
  return change.do === "remove" || change.do === "leave" ? change.user : undefined;
}
