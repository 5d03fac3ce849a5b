import type { GroupAnswer, MembersAnswer } from "../../../protocol/frames/groupviews.ts";
import type { Query } from "../../../protocol/internal/query.ts";
import type { Reading } from "../../store/rows.ts";
import type { View } from "../../view.ts";
import { tellsReceipts } from "./ground.ts";
import { countOf, isAdmin, leftAt, presentOf, sinceOf, staysIn } from "./members.ts";
import { limitsOfGroup, profileAt, secretOf } from "./profile.ts";

/** A group as it is, to its members; to those who have left as it was when they did. */
export const group = {
  name: "group",
  version: 1,
  of: "mailboxes",
  kinds: [],
  reads: [],
  answer: tell,
} as const satisfies View;

/** The members of a group. */
export const members = {
  name: "members",
  version: 1,
  of: "mailboxes",
  kinds: [],
  reads: [],
  answer: list,
} as const satisfies View;

function tell(
  rows: Reading,
  { owner, group: id }: Extract<Query, { view: "group" }>,
): GroupAnswer | undefined {
  const stay = staysIn(rows, id, owner).at(-1);
  const limits = limitsOfGroup(rows, id);
  if (stay === undefined || limits === undefined) return undefined;
  const { from, upTo } = stay;
  const profile = profileAt(rows, id, upTo ?? Number.MAX_SAFE_INTEGER - 1);
  if (profile === undefined) return undefined;
  const said = { group: id, ...profile, limits, receipts: tellsReceipts(rows, id), from };
  if (upTo !== undefined) return { ...said, members: leftAt(rows, id, upTo), upTo };
  const role = isAdmin(rows, id, owner) ? "admin" : "member";
  const invite = role === "admin" ? secretOf(rows, id) : undefined;
  return { ...said, members: countOf(rows, id), role, ...(invite !== undefined && { invite }) };
}

/** In the order of their ids, so that a page is told by who came last on the one before, in or gone by now. */
function list(
  rows: Reading,
  { owner, group: id, after = "", limit }: Extract<Query, { view: "members" }>,
): MembersAnswer | undefined {
  if (sinceOf(rows, id, owner) === undefined) return undefined;
  const rest = presentOf(rows, id)
    .filter(({ user }) => user > after)
    .toSorted((a, b) => (a.user < b.user ? -1 : 1));
  const page = rest.slice(0, limit).map(({ user, from }) => {
    const role = isAdmin(rows, id, user) ? ("admin" as const) : ("member" as const);
    return { user, role, from };
  });
  return { members: page, more: rest.length > page.length };
}
