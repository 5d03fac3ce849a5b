import type { LineChange } from "../src/client/client.ts";

/** A line of a group in words. */
export function saying(change: LineChange, by: string, user: string): string {
  const who = by === user ? "You" : by;
  const named = (names: readonly string[]): string =>
    names.map((name) => (name === user ? "you" : name)).join(", ");
  const about = (name: string): string => (name === user ? "you" : name);
  switch (change.do) {
    case "create":
      return `${who} made the group “${change.name}”`;
    case "add":
      return `${who} added ${named(change.users)}`;
    case "remove":
      return `${who} removed ${about(change.user)}`;
    case "leave": {
      const left =
        change.why === "limit" ? `${who} could not come in: in too many groups` : `${who} left`;
      return change.successor === undefined
        ? left
        : `${left}; ${about(change.successor)} may run the group now`;
    }
    case "promote":
      return `${who} made ${about(change.user)} an admin`;
    case "demote":
      return `${who} made ${about(change.user)} a member`;
    case "describe":
      return change.name === undefined
        ? `${who} changed the description`
        : `${who} named the group “${change.name}”`;
    case "rule":
      return `${who} changed who may do what`;
    case "invite":
      return change.on ? `${who} made a new link` : `${who} took the link back`;
    case "join":
      return `${who} came in by the link`;
    default:
      change satisfies never;
      return "";
  }
}
