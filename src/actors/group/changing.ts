import type { Asking } from "../../events/ask.ts";
import type { RefusalCode } from "../../events/copy.ts";
import type { GroupChange } from "../../events/groupfact.ts";
import { STRANGER, type Charter, type GroupState, type Membership } from "./groupstate.ts";

/** A change as it is accepted, or the reason why it is not. */
type Ruling = GroupChange | RefusalCode;

/** A member who asks, and the group. */
interface Asked {
  readonly group: GroupState;
  readonly charter: Charter;
  readonly by: string;
  readonly member: Membership;
}

/** An ask that needs a member. */
type ByMember = Exclude<Asking, { do: "create" | "join" | "standing" }>;

/** Rules on what somebody asks, who is a member or is not (docs/adr/0060). `member`: under the membership that the copy names. */
export function rule(
  group: GroupState,
  by: string,
  member: Membership | undefined,
  ask: Exclude<Asking, { do: "standing" }>,
): Ruling {
  const { charter, members } = group;
  if (ask.do === "create") return charter === undefined ? create(by, ask) : "not_found";
  if (charter === undefined || members.size === 0) return "not_found";
  if (ask.do === "join") return join(group, charter, by, ask.secret);
  return member === undefined ? "not_found" : byMember({ group, charter, by, member }, ask);
}

function create(
  by: string,
  { name, members = [], limits }: Extract<Asking, { do: "create" }>,
): Ruling {
  const all = [...new Set([by, ...members])];
  if (all.length > limits.members) return "limit.members";
  return { do: "create", name, members: all, limits };
}

function join(
  { members, people }: GroupState,
  charter: Charter,
  by: string,
  secret: string,
): Ruling {
  if (members.has(by)) return "group.no_change";
  const { removed } = people.get(by) ?? STRANGER;
  if (removed || charter.secret !== secret) return "not_found";
  return members.size < charter.limits.members ? { do: "join", user: by } : "limit.members";
}

function byMember(asked: Asked, ask: ByMember): Ruling {
  const { charter, by, member } = asked;
  switch (ask.do) {
    case "leave":
      return leave(asked, ask.why);
    case "add":
      return may(charter.add, member) ? add(asked, ask.users) : "forbidden";
    case "describe":
      return may(charter.edit, member) ? describe(ask) : "forbidden";
    case "remove":
      if (ask.user === by) return leave(asked);
      return member.admin ? remove(asked, ask.user) : "forbidden";
    default:
      return member.admin ? byAdmin(asked, ask) : "forbidden";
  }
}

function byAdmin(
  { group, charter }: Asked,
  ask: Extract<ByMember, { do: "promote" | "demote" | "rule" | "invite" }>,
): Ruling {
  switch (ask.do) {
    case "promote": {
      const known = group.members.get(ask.user);
      return known === undefined || known.admin ? "group.no_change" : ask;
    }
    case "demote":
      if (group.members.get(ask.user)?.admin !== true) return "group.no_change";
      return admins(group) === 1 ? "group.last_admin" : ask;
    case "rule": {
      const rules = ["send", "edit", "add"] as const;
      return rules.some((each) => (ask[each] ?? charter[each]) !== charter[each])
        ? ask
        : "group.no_change";
    }
    case "invite": {
      const on = ask.secret !== undefined;
      return on || charter.secret !== undefined ? { do: "invite", on } : "group.no_change";
    }
  }
}

/** Those whom an admin has removed come back by an admin alone: what others ask passes over them. */
function add({ group, charter, member }: Asked, asked: readonly string[]): Ruling {
  const { members, people } = group;
  const users = [...new Set(asked)].filter(
    (user) => !members.has(user) && (member.admin || people.get(user)?.removed !== true),
  );
  if (users.length === 0) return "group.no_change";
  return members.size + users.length > charter.limits.members
    ? "limit.members"
    : { do: "add", users };
}

const remove = ({ group }: Asked, user: string): Ruling =>
  group.members.has(user) ? { do: "remove", user } : "group.no_change";

/** A leaving by the last admin makes who stands longest one in the same fact. */
function leave({ group, by }: Asked, why?: "limit"): Ruling {
  const others = [...group.members].filter(([user]) => user !== by);
  const left = { do: "leave", user: by, ...(why !== undefined && { why }) } as const;
  const [longest] = others;
  if (longest === undefined) return { ...left, ended: true };
  if (others.some(([, { admin }]) => admin)) return left;
  return { ...left, successor: longest[0] };
}

function describe({ name, about }: Extract<Asking, { do: "describe" }>): Ruling {
  if (name === undefined && about === undefined) return "group.no_change";
  return {
    do: "describe",
    ...(name !== undefined && { name }),
    ...(about !== undefined && { about }),
  };
}

const may = (who: "all" | "admins", { admin }: Membership): boolean => who === "all" || admin;

function admins({ members }: GroupState): number {
  let count = 0;
  for (const { admin } of members.values()) if (admin) count++;
  return count;
}
