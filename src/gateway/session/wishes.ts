import { randomBytes } from "node:crypto";
import type { Fact } from "../../events/fact.ts";
import type { ClientAsk } from "../../protocol/frames/group.ts";
import { groupIdOf } from "../../rules/groupid.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Effect } from "./session.ts";

type Requesting = Extract<Effect, { do: "request" }>;
type Asked = Extract<Fact, { type: "GroupAsked" }>;

/** An ask as the log has it. A new group's id is made of its creator and the ask's number, so a repeat names the same. */
export function requested(
  { by, frame: { cid, group, ask } }: Requesting,
  limits: GatewayLimits,
): Asked {
  return {
    type: "GroupAsked",
    author: by.user,
    group: group ?? groupIdOf(by.user, cid),
    device: by.deviceId,
    cid,
    ask: storedOf(ask, limits),
  };
}

/** Additions of the gateway: the limits of a new group and the secret of a new link, since a decision depends on the log alone. */
function storedOf(
  ask: ClientAsk,
  { groupMembers, groupSendsPerSecond }: GatewayLimits,
): Asked["ask"] {
  switch (ask.do) {
    case "create": {
      const limits = { members: groupMembers, sendsPerSecond: groupSendsPerSecond };
      const members = ask.members === undefined ? {} : { members: [...ask.members] };
      return { do: "create", name: ask.name, ...members, limits };
    }
    case "invite":
      return ask.on
        ? { do: "invite", secret: randomBytes(16).toString("base64url") }
        : { do: "invite" };
    case "add":
      return { do: "add", users: [...ask.users] };
    default:
      return ask;
  }
}
