import type { ClientAsk } from "../../src/protocol/frames/group.ts";
import type { LineChange } from "../../src/protocol/frames/groupline.ts";
import type { Group, GroupViews } from "./groupviews.ts";

/** An ask as the log has it. */
export type Asked = ClientAsk & { secret?: string };

/** The change that an ask brings, whom it lets in, and whom it lets out; or the code of why it does not. */
type Judged =
  | string
  | {
      readonly change: LineChange;
      readonly joined?: readonly string[];
      readonly ended?: [string, "left" | "removed"];
    };

export const newGroup = (id: string): Group => ({
  id,
  name: "",
  stays: new Map(),
  admins: new Set(),
  removed: new Set(),
  marks: new Map(),
});

/** Judges an ask, and keeps what only the group knows: who is admin, who was removed, the link. */
export function judge(views: GroupViews, group: Group, author: string, ask: Asked): Judged {
  const isIn = (user: string): boolean => views.stay(group, user) !== undefined;
  if (ask.do === "create") {
    const members = [author, ...new Set((ask.members ?? []).filter((name) => name !== author))];
    group.name = ask.name;
    group.admins.add(author);
    const limits = { members: 1_024, sendsPerSecond: 100 };
    return { change: { do: "create", name: ask.name, members, limits }, joined: members };
  }
  if (ask.do === "join") {
    if (isIn(author)) return "group.no_change";
    if (ask.secret !== group.secret || group.removed.has(author)) return "not_found";
    return { change: { do: "join", user: author }, joined: [author] };
  }
  if (!isIn(author)) return "not_found";
  return judgeMember(group, author, ask, isIn);
}

/** Judges what a member asks. */
function judgeMember(
  group: Group,
  author: string,
  ask: Asked,
  isIn: (user: string) => boolean,
): Judged {
  const isAdmin = group.admins.has(author);
  switch (ask.do) {
    case "add": {
      const users = ask.users.filter(
        (name) => !isIn(name) && (isAdmin || !group.removed.has(name)),
      );
      for (const name of users) group.removed.delete(name);
      return users.length === 0
        ? "group.no_change"
        : { change: { do: "add", users }, joined: users };
    }
    case "remove":
      if (!isAdmin) return "forbidden";
      if (!isIn(ask.user)) return "group.no_change";
      if (ask.user === author) return left(group, author, isIn);
      group.removed.add(ask.user);
      group.admins.delete(ask.user);
      return { change: { do: "remove", user: ask.user }, ended: [ask.user, "removed"] };
    case "leave":
      return left(group, author, isIn);
    case "promote":
      if (!isAdmin) return "forbidden";
      if (!isIn(ask.user)) return "group.no_change";
      group.admins.add(ask.user);
      return { change: ask };
    case "describe":
      group.name = ask.name ?? group.name;
      return { change: ask };
    case "invite":
      if (!isAdmin) return "forbidden";
      if (ask.secret === undefined) delete group.secret;
      else group.secret = ask.secret;
      return { change: { do: "invite", on: ask.secret !== undefined } };
    default:
      return "forbidden";
  }
}

function left(group: Group, author: string, isIn: (user: string) => boolean): Judged {
  const rest = [...group.stays.keys()].filter((name) => name !== author && isIn(name));
  const [first] = rest;
  group.admins.delete(author);
  const isLed = rest.some((name) => group.admins.has(name));
  if (first !== undefined && !isLed) group.admins.add(first);
  const ended = first === undefined ? { ended: true as const } : {};
  const successor = first === undefined || isLed ? {} : { successor: first };
  const change = { do: "leave", user: author, ...ended, ...successor } as const;
  return { change, ended: [author, "left"] };
}
