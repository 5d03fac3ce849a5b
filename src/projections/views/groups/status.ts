import { parseMessageId } from "../../../events/messageid.ts";
import type { InfoAnswer, InfoRow } from "../../../protocol/frames/groupviews.ts";
import type { StatusAnswer } from "../../../protocol/frames/status.ts";
import type { Query } from "../../../protocol/internal/query.ts";
import { kind, type Kind, type Reading, type Rows } from "../../store/rows.ts";
import type { View } from "../../view.ts";
import type { GroupTurn, MovedUsers } from "./groupturn.ts";
import { groups, tellsReceipts } from "./ground.ts";
import { messageAt } from "./history.ts";
import { formerAt, presentOf, staysIn, type Former, type PresentRow } from "./members.ts";

/** Receipts as they were gathered: when, and who has moved up to where. */
type Tick = readonly [at: number, delivered: MovedUsers, read: MovedUsers];
const tickKey: Kind<Tick> = kind("tick");

/** Gathered receipts that are looked at for one message: the times of what is behind them are not told. */
const TICKS_MAX = 5_000;
/** Members who have left that are looked at for one message. */
const FORMER_MAX = 5_000;

/** How far the messages of a group have come. */
export const groupStatus = {
  name: "groupstatus",
  version: 1,
  of: "mailboxes",
  kinds: ["tick"],
  reads: [groups.name],
  grouped,
  answer,
} as const satisfies View;

/** Members who have a message, and since when. */
export const info = {
  name: "info",
  version: 1,
  of: "mailboxes",
  kinds: [],
  reads: [],
  answer: tellAll,
} as const satisfies View;

function grouped(rows: Rows, change: GroupTurn): void {
  if (change.type !== "gathered") return;
  const { group, place, at, delivered, read } = change;
  rows.put(tickKey(group, place), [at, delivered, read]);
}

/** The author's own message, and its position. The asker is looked up first: it takes a stranger no longer where there is a group. */
function ownOf(rows: Reading, owner: string, id: string) {
  const { mailbox: group, position } = parseMessageId(id) ?? { mailbox: "", position: 0 };
  if (staysIn(rows, group, owner).length === 0) return undefined;
  const row = messageAt(rows, group, position);
  return row?.author === owner ? { group, position, row } : undefined;
}

/** Present members who count for a message of that author: whoever came later does not. */
const counted = (rows: Reading, group: string, author: string, position: number): PresentRow[] =>
  presentOf(rows, group).filter(({ user, from }) => user !== author && from <= position);

function answer(
  rows: Reading,
  { owner, id }: Extract<Query, { view: "groupstatus" }>,
): StatusAnswer | undefined {
  const own = ownOf(rows, owner, id);
  if (own === undefined) return undefined;
  const { group, position, row } = own;
  const all = counted(rows, group, owner, position);
  const of = all.length;
  const delivered = all.filter((member) => member.delivered >= position).length;
  const read = all.filter((member) => member.read >= position).length;
  const tick = read === of ? "read" : delivered === of ? "delivered" : "sent";
  const status = tellsReceipts(rows, group) ? tick : "sent";
  return { id, to: group, status, sentAt: row.sentAt, delivered, read, of };
}

/** Everybody who was a member when the message was accepted, in the order of their ids; of those who have left since, what was true then. */
function tellAll(
  rows: Reading,
  { owner, id, after = "", limit }: Extract<Query, { view: "info" }>,
): InfoAnswer | undefined {
  const own = ownOf(rows, owner, id);
  if (own === undefined) return undefined;
  const { group, position } = own;
  const all: (PresentRow | Former)[] = [
    ...counted(rows, group, owner, position),
    ...formerAt(rows, group, position, FORMER_MAX).filter(({ user }) => user !== owner),
  ];
  const rest = all
    .filter(({ user }) => user > after)
    .toSorted((a, b) => (a.user < b.user ? -1 : 1));
  const page = rest.slice(0, limit);
  const times = timesOf(rows, group, position, page);
  const members = page.map((member): InfoRow => {
    const { deliveredAt, readAt } = times.get(member.user) ?? {};
    return {
      user: member.user,
      ...(deliveredAt !== undefined && { deliveredAt }),
      ...(readAt !== undefined && { readAt }),
      delivered: member.delivered >= position,
      read: member.read >= position,
      ...("upTo" in member && { left: true as const }),
    };
  });
  return { members, more: rest.length > page.length };
}

interface Times {
  deliveredAt?: number;
  readAt?: number;
}

/** The first receipts of these members that reach the position, each within the stay in which they had the message. */
function timesOf(
  rows: Reading,
  group: string,
  position: number,
  page: readonly (PresentRow | Former)[],
): ReadonlyMap<string, Times> {
  const times = new Map<string, Times>(page.map(({ user }) => [user, {}]));
  const ends = new Map(page.map((each) => [each.user, "upTo" in each ? each.upTo : Infinity]));
  let due = page.reduce(
    (sum, { delivered, read }) => sum + Number(delivered >= position) + Number(read >= position),
    0,
  );
  let looked = 0;
  for (const [place, [at, delivered, read]] of rows.range(tickKey(group), { from: position + 1 })) {
    if (due === 0 || ++looked > TICKS_MAX) break;
    const note = (marks: MovedUsers, what: "deliveredAt" | "readAt"): void => {
      for (const [upTo, users] of marks)
        for (const user of upTo >= position ? users : []) {
          const of = times.get(user);
          if (of === undefined || of[what] !== undefined || place > (ends.get(user) ?? 0)) continue;
          of[what] = at;
          due--;
        }
    };
    note(delivered, "deliveredAt");
    note(read, "deliveredAt");
    note(read, "readAt");
  }
  return times;
}
