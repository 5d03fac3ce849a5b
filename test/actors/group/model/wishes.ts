import type { Asking } from "../../../../src/events/ask.ts";
import type { Chances } from "./streams.ts";

const KINDS = [
  "add",
  "add",
  "add",
  "add",
  "remove",
  "remove",
  "remove",
  "leave",
  "promote",
  "promote",
  "promote",
  "demote",
  "invite",
  "invite",
  "rule",
  "describe",
] as const;

/** The asks that users have for groups, at random; of a link only those know that were made. */
export function wishesOf({ is, pick }: Chances, users: readonly string[]) {
  const secrets = new Map<string, string>();
  let count = 0;
  const ask = (user: string, group: string): Asking => {
    const some = users.filter(() => is(0.4));
    const other = is(0.15) ? user : (pick(users) ?? user);
    const who = is(0.5) ? "all" : "admins";
    const does = pick(KINDS);
    switch (does) {
      case "add":
        return { do: "add", users: is(0.6) || some.length === 0 ? [other] : some };
      case "remove":
      case "promote":
      case "demote":
        return { do: does, user: other };
      case "leave":
        return { do: "leave" };
      case "invite": {
        if (is(0.2)) return { do: "invite" };
        const secret = `s${++count}`.padEnd(22, "0");
        secrets.set(group, secret);
        return { do: "invite", secret };
      }
      case "rule":
        return { do: "rule", [pick(["send", "edit", "add"] as const) ?? "add"]: who };
      default:
        return { do: "describe", name: `n${++count}` };
    }
  };
  /** Somebody asks something of a group, or wants to come into another. */
  return (user: string, group: string, other: string): Wish | undefined => {
    if (!is(0.25)) return { group, ask: ask(user, group) };
    const secret = secrets.get(other);
    return secret === undefined ? undefined : { group: other, ask: { do: "join", secret } };
  };
}

interface Wish {
  readonly group: string;
  readonly ask: Asking;
}
