import type { Asking } from "../../events/ask.ts";
import type { RefusalCode } from "../../events/copy.ts";
import type { GroupMail } from "../../events/event.ts";
import type { GroupAsk } from "../../events/groupask.ts";
import type { GroupChange, GroupFact } from "../../events/groupfact.ts";
import { BUSY_WORD_MS } from "../../rules/group/busy.ts";
import { entering, leaving } from "../../rules/group/changes.ts";
import { rule } from "./changing.ts";
import {
  STRANGER,
  UNSAID,
  type Charter,
  type GroupState,
  type Membership,
  type Person,
} from "./groupstate.ts";

/** A copy in a group's mailbox. */
export type AskMail = Extract<GroupMail, { kind: "ask" }>;

/** The group behind a copy that it has decided on; `refused`: the reason, where it takes nothing. */
export interface Decided {
  readonly group: GroupState;
  readonly refused?: { readonly code: RefusalCode; readonly retryAfterMs?: number };
}

/** So much may be sent at once, as what the limit lets through in this time. */
const BURST_MS = 5_000;

/**
 * Decides on a copy, in the order of the log and by its times: the same for whoever does it. It is taken under no other membership
 * than that which its author's actor knew, but for those who need none.
 */
export function decide(group: GroupState, mail: AskMail): Decided {
  const { event } = mail;
  const timed = { ...group, clock: timedBy(group.clock, mail.at) };
  const known = group.members.get(event.author);
  const member = known?.from === event.under ? known : undefined;
  const {
    group: after,
    refused,
    busy,
  } = event.type === "MessageSent"
    ? message(timed, mail, event, member)
    : change(timed, mail, event, member);
  return { group: heard(after, event, busy), ...(refused && { refused }) };
}

/** Where the log's clock was set back, no time has passed, and the group owes it no more than before: it does not wait until it has come as far again. */
const timedBy = ({ at, due }: GroupState["clock"], now: number): GroupState["clock"] => ({
  at: now,
  due: due - Math.max(0, at - now),
});

/** The cause of strangers is not kept; of all who were ever let in it is, refused or not. */
function heard(
  group: GroupState,
  { author, cause }: GroupAsk,
  busy: number | undefined,
): GroupState {
  const known = group.people.get(author);
  if (known === undefined) return group;
  const { removed, from, upTo } = known;
  const person = { heard: cause, busy: busy ?? known.busy, removed, from, upTo };
  return { ...group, people: group.people.with(author, person) };
}

interface Outcome extends Decided {
  readonly busy?: number;
}

function message(
  group: GroupState,
  { position: of }: AskMail,
  event: Extract<GroupAsk, { type: "MessageSent" }>,
  member: Membership | undefined,
): Outcome {
  const { charter } = group;
  if (charter === undefined || member === undefined)
    return { group, refused: { code: "not_found" } };
  if (charter.send === "admins" && !member.admin) return { group, refused: { code: "forbidden" } };
  const { at } = group.clock;
  const each = 1_000 / charter.limits.sendsPerSecond;
  const due = Math.max(group.clock.due, at) + each;
  const late = due - at - BURST_MS;
  const { busy } = group.people.get(event.author) ?? STRANGER;
  // Nothing overtakes what was refused: its author had not heard of that when this was sent.
  if (late > 0 || event.knows < busy) {
    const retryAfterMs = Math.max(BUSY_WORD_MS, Math.ceil(late));
    return { group, refused: { code: "group.busy", retryAfterMs }, busy: of };
  }
  const owed = [...group.owed, { of, event: factOf(event, of) }];
  return { group: { ...group, clock: { at, due }, owed }, busy: 0 };
}

/** Spelled out: to leave fields out of an object costs more than all the rest of a decision. Fields that are undefined come into no text. */
function factOf(event: Extract<GroupAsk, { type: "MessageSent" }>, of: number): GroupFact {
  const { type, author, to, cid, body, data, mentions, cause, sentAt } = event;
  return { type, author, to, cid, body, data, mentions, cause, of, sentAt };
}

function change(
  group: GroupState,
  { position: of }: AskMail,
  event: Extract<GroupAsk, { type: "GroupAsked" }>,
  member: Membership | undefined,
): Outcome {
  const { author: by, cid, cause, ask } = event;
  // Where somebody stands is answered, not decided.
  if (ask.do === "standing") return { group };
  const ruling = rule(group, by, member, ask);
  if (typeof ruling === "string") return { group, refused: { code: ruling } };
  const fact = {
    type: "GroupChanged",
    by,
    ...(cid !== undefined && { cid }),
    cause,
    of,
    change: ruling,
  } as const;
  const ended = leaving(fact);
  const owed = { of, event: fact, ...(ended !== undefined && { ended }) };
  return {
    group: {
      ...group,
      charter: chartered(group.charter, ruling, ask),
      members: changed(group, fact),
      people: remembering(group, fact),
      owed: [...group.owed, owed],
    },
  };
}

function chartered(
  charter: Charter | undefined,
  ruling: GroupChange,
  ask: Asking,
): Charter | undefined {
  if (ruling.do === "create")
    return { limits: ruling.limits, send: "all", edit: "all", add: "all" };
  if (charter === undefined) return undefined;
  if (ruling.do === "rule") {
    const { send = charter.send, edit = charter.edit, add = charter.add } = ruling;
    return { ...charter, send, edit, add };
  }
  return ask.do === "invite" ? { ...charter, secret: ask.secret } : charter;
}

/** The members as they are decided: who comes stands behind all others. */
function changed(
  { members }: GroupState,
  fact: Extract<GroupFact, { type: "GroupChanged" }>,
): GroupState["members"] {
  const { change: done, of } = fact;
  const next = new Map(members);
  const ended = leaving(fact);
  if (ended !== undefined) next.delete(ended);
  for (const [i, user] of entering(fact).entries())
    next.set(user, { admin: done.do === "create" && i === 0, of, from: UNSAID });
  const become = (user: string, admin: boolean): void => {
    const member = next.get(user);
    if (member) next.set(user, { ...member, admin });
  };
  if (done.do === "promote" || done.do === "demote") become(done.user, done.do === "promote");
  if (done.do === "leave" && done.successor !== undefined) become(done.successor, true);
  return next;
}

/** Everybody who is let in is known for ever. */
function remembering(
  { people }: GroupState,
  fact: Extract<GroupFact, { type: "GroupChanged" }>,
): GroupState["people"] {
  let next = people;
  const note = (user: string, removed: boolean): void => {
    const person: Person = { ...(next.get(user) ?? STRANGER), removed };
    next = next.with(user, person);
  };
  for (const user of entering(fact)) note(user, false);
  if (fact.change.do === "remove") note(fact.change.user, true);
  return next;
}
