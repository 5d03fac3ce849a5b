import type { Copy } from "../../events/copy.ts";
import type { GroupMail } from "../../events/event.ts";
import type { GroupFact } from "../../events/groupfact.ts";
import { entering, leaving } from "../../rules/group/changes.ts";
import {
  arrived,
  minimaOf,
  othersThan,
  ticked,
  caughtUp,
  wrote,
  type AuthorMarks,
  type Everybody,
} from "../../rules/group/marks.ts";
import { wordsOf } from "../../rules/receipts.ts";
import type { Telling } from "../user.ts";
import { decide, type AskMail } from "./decide.ts";
import { hasReceipts, STRANGER, type GroupState, type Person } from "./groupstate.ts";

/** A group's actor after an entry: `state.owed` says what it has to state. */
export interface GroupEvolved {
  readonly state: GroupState;
  /** Those who must be told, each at most once: two copies of one cause would be one. */
  readonly tellings: readonly Telling[];
}

const NO_TELLINGS: readonly Telling[] = [];

/**
 * Folds one entry of a group's mailbox. Total, and deterministic: a second run after a crash decides and tells exactly the same.
 * Decisions know the membership by the copies, receipts and all that is told by the facts.
 */
export function evolveGroup(state: GroupState, mail: GroupMail): GroupEvolved {
  const before = { ...state, seq: mail.seq };
  switch (mail.kind) {
    case "ask":
      return asked(before, mail);
    case "group":
      return accepted(before, mail);
    case "tick":
      return received(before, mail);
    default:
      mail satisfies never;
      return { state: before, tellings: NO_TELLINGS };
  }
}

/** News that a group has for somebody, without the group and the cause. */
type News<C = Copy> = C extends { author: string; cause: number }
  ? Omit<C, "author" | "cause">
  : never;

const telling = (
  { owner: author, position: cause }: GroupMail,
  to: string,
  news: News,
): Telling => ({
  to,
  copy: { ...news, author, cause },
});

/** A copy that counts for nobody, or that was decided on before, changes nothing. */
function asked(state: GroupState, mail: AskMail): GroupEvolved {
  const { event, generation } = mail;
  const { author, cause } = event;
  const heard = state.people.get(author)?.heard ?? 0;
  if ((event.in ?? 0) !== generation || cause <= heard) return { state, tellings: NO_TELLINGS };
  const { group, refused } = decide(state, mail);
  if (event.type === "GroupAsked" && event.ask.do === "standing")
    return {
      state: group,
      tellings: [telling(mail, author, standing(state, author, event.under))],
    };
  const { cid } = event;
  if (refused === undefined || cid === undefined) return { state: group, tellings: NO_TELLINGS };
  return { state: group, tellings: [telling(mail, author, { type: "Refused", cid, ...refused })] };
}

/**
 * The true answer to whoever asks where they stand: a membership that the group has never known ended before it began. One before the
 * last was told of in its time, and how it ended is known no longer: the last one is said again.
 */
function standing(state: GroupState, user: string, under: number): News {
  const member = state.present.get(user);
  if (member !== undefined) return { type: "GroupJoined", from: member.from };
  const { from, upTo, removed } = state.people.get(user) ?? STRANGER;
  const left = under > from ? { from: under, upTo: 0 } : { from, upTo };
  return { type: "GroupLeft", ...left, why: removed ? "removed" : "left" };
}

/** The group has stated something: all that was decided up to it is stated. */
function accepted(before: GroupState, mail: Extract<GroupMail, { kind: "group" }>): GroupEvolved {
  const { event, position } = mail;
  const owed = before.owed.filter(({ of }) => of > event.of);
  const state = { ...before, owed, head: position };
  if (event.type === "MessageSent") return written(state, mail, event.author);
  const [joined, ended] = [entering(event), leaving(event)];
  const tellings: Telling[] = joined.map((user) =>
    telling(mail, user, { type: "GroupJoined", from: position }),
  );
  const member = ended === undefined ? undefined : before.present.get(ended);
  const left = member && ended !== undefined ? { user: ended, from: member.from } : undefined;
  if (left !== undefined)
    tellings.push(
      telling(mail, left.user, {
        type: "GroupLeft",
        from: left.from,
        upTo: position,
        why: whyOf(event),
      }),
    );
  const after = moved(state, event, joined, left, position);
  return told(after, mail, tellings);
}

function whyOf({ change }: Extract<GroupFact, { type: "GroupChanged" }>) {
  if (change.do !== "leave") return "removed";
  return change.why ?? (change.ended === true ? "ended" : "left");
}

/** The state after those have come, or the one has gone, by a fact. */
function moved(
  state: GroupState,
  { of }: GroupFact,
  joined: readonly string[],
  left: { readonly user: string; readonly from: number } | undefined,
  position: number,
): GroupState {
  const present = new Map(state.present);
  const members = new Map(state.members);
  for (const user of joined) {
    present.set(user, arrived(position));
    const member = members.get(user);
    // They may have gone again, and come again, by what is decided meanwhile.
    if (member?.of === of) members.set(user, { ...member, from: position });
  }
  if (left === undefined) return { ...state, present, members };
  present.delete(left.user);
  const person: Person = {
    ...(state.people.get(left.user) ?? STRANGER),
    from: left.from,
    upTo: position,
  };
  const people = state.people.with(left.user, person);
  return { ...state, present, members, people, lastEnded: position };
}

/** A message: the others have not received it, unless there are none. */
function written(
  state: GroupState,
  mail: Extract<GroupMail, { kind: "group" }>,
  user: string,
): GroupEvolved {
  if (!hasReceipts(state)) return { state, tellings: NO_TELLINGS };
  const author = wrote(state.authors.get(user), mail.position);
  const next = state.present.size > 1 ? author : caughtUp(author, NOBODY_ELSE);
  const authors = state.authors.with(user, next);
  const tellings = next === author ? NO_TELLINGS : [receipt(mail, user, next)];
  return { state: { ...state, authors }, tellings };
}
const NOBODY_ELSE = { delivered: Number.POSITIVE_INFINITY, read: Number.POSITIVE_INFINITY };

const receipt = (mail: GroupMail, to: string, author: AuthorMarks): Telling =>
  telling(mail, to, { ...wordsOf(author), peer: to });

/** Receipts have been gathered. */
function received(state: GroupState, mail: Extract<GroupMail, { kind: "tick" }>): GroupEvolved {
  const { event, generation } = mail;
  if (!hasReceipts(state) || (event.in ?? 0) !== generation)
    return { state, tellings: NO_TELLINGS };
  const present: Everybody = ticked(state.present, event, state.head);
  if (present === state.present) return { state, tellings: NO_TELLINGS };
  return told({ ...state, present }, mail, []);
}

/** Tells each author, those who have left, too, for whom the others have come further by now: one watermark of each, never one for each message. */
function told(state: GroupState, mail: GroupMail, tellings: Telling[]): GroupEvolved {
  if (!hasReceipts(state)) return { state, tellings };
  const minima = minimaOf(state.present);
  let { authors } = state;
  for (const [user, author] of state.authors) {
    const next = caughtUp(author, othersThan(user, minima));
    if (next === author) continue;
    authors = authors.with(user, next);
    tellings.push(receipt(mail, user, next));
  }
  return { state: { ...state, authors }, tellings };
}
