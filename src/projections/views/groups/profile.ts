import type { GroupLimits } from "../../../events/ask.ts";
import type { GroupMail } from "../../../events/event.ts";
import type { LineChange } from "../../../protocol/frames/groupline.ts";
import { kind, type Kind, type Reading, type Rows } from "../../store/rows.ts";
import { sinceOf } from "./members.ts";

type Who = "all" | "admins";

/** A group's limits, and the secret of its link; none: null. */
type Setup = readonly [members: number, sendsPerSecond: number, secret: string | null];
const setupKey: Kind<Setup> = kind("group");

/** A group as it was described from this position on: who has left is told no later one. */
interface Profile {
  readonly name: string;
  readonly about?: string;
  readonly rules: { readonly send: Who; readonly edit: Who; readonly add: Who };
}
const profileKey: Kind<Profile> = kind("profile");

/** The secret that a member has asked for, by who that is and the position of the copy; "": no link any more. */
const secretKey: Kind<string> = kind("secret");

/** Asks of one member that are kept at once: a refusal is told to who has asked alone, so those that were refused stay here. */
const ASKS_MAX = 8;

/** The kinds of rows here. */
export const PROFILE_KINDS = ["group", "profile", "secret"] as const;

const ALL: Profile["rules"] = { send: "all", edit: "all", add: "all" };

export const limitsOfGroup = (rows: Reading, group: string): GroupLimits | undefined => {
  const setup = rows.get(setupKey(group));
  return setup && { members: setup[0], sendsPerSecond: setup[1] };
};

/** The secret of the group's link; undefined: there is no link. */
export const secretOf = (rows: Reading, group: string): string | undefined =>
  rows.get(setupKey(group))?.[2] ?? undefined;

/** Does a change describe the group anew? */
export const describes = ({ do: what }: LineChange): boolean =>
  what === "create" || what === "describe" || what === "rule";

/** The group as it was described at `place`. `last`: where it was described last, if that is known. */
export function profileAt(
  rows: Reading,
  group: string,
  place: number,
  last = Number.POSITIVE_INFINITY,
): Profile | undefined {
  if (last <= place) return rows.get(profileKey(group, last));
  for (const [, profile] of rows.range(profileKey(group), { to: place + 1, reverse: true }))
    return profile;
  return undefined;
}

/** Folds what a change says of the group itself. `by`: whose it is. `of`: the position of the copy that it answers. */
export function describe(
  rows: Rows,
  group: string,
  change: LineChange,
  { place, by, of }: { readonly place: number; readonly by: string; readonly of: number },
): void {
  switch (change.do) {
    case "create": {
      const { limits, name } = change;
      rows.put(setupKey(group), [limits.members, limits.sendsPerSecond, null]);
      return rows.put(profileKey(group, place), { name, rules: ALL });
    }
    case "describe": {
      const { name, about } = change;
      return amend(rows, group, place, ({ about: before, ...profile }) => {
        const now = about ?? before ?? "";
        return { ...profile, ...(name !== undefined && { name }), ...(now && { about: now }) };
      });
    }
    case "rule": {
      const { send, edit, add } = change;
      return amend(rows, group, place, (profile) => {
        const { rules } = profile;
        const now = { send: send ?? rules.send, edit: edit ?? rules.edit, add: add ?? rules.add };
        return { ...profile, rules: now };
      });
    }
    case "invite":
      return changeLink(rows, group, by, of);
    case "add":
    case "join":
    case "remove":
    case "leave":
    case "promote":
    case "demote":
      return;
  }
  change satisfies never;
}

function amend(
  rows: Rows,
  group: string,
  place: number,
  change: (profile: Profile) => Profile,
): void {
  const profile = profileAt(rows, group, place);
  if (profile !== undefined) rows.put(profileKey(group, place), change(profile));
}

/** Asks are decided in their order: those of the same author before it are, too. */
function changeLink(rows: Rows, group: string, by: string, of: number): void {
  const [members, sendsPerSecond] = rows.get(setupKey(group)) ?? [0, 0];
  const secret = rows.get(secretKey(group, by, of));
  for (const [position] of asksOf(rows, group, by))
    if (position <= of) rows.remove(secretKey(group, by, position));
  rows.put(setupKey(group), [members, sendsPerSecond, secret || null]);
}

/** Asks of a member that no fact has answered, the oldest first. */
const asksOf = (rows: Reading, group: string, user: string) => [
  ...rows.range(secretKey(group, user)),
];

/**
 * Keeps the secret that a member asks the group for, until its fact says that the link has it: no entry that members follow
 * does. Of strangers nothing is kept, and of a member who is refused again and again the last few.
 */
export function keepSecret(
  rows: Rows,
  { owner: group, position, event }: Extract<GroupMail, { kind: "ask" }>,
): void {
  if (event.type !== "GroupAsked" || event.ask.do !== "invite") return;
  if (sinceOf(rows, group, event.author) !== event.under) return;
  const [oldest, ...others] = asksOf(rows, group, event.author);
  if (oldest !== undefined && others.length + 1 >= ASKS_MAX)
    rows.remove(secretKey(group, event.author, oldest[0]));
  rows.put(secretKey(group, event.author, position), event.ask.secret ?? "");
}
