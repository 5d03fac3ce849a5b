import type { GroupMail } from "../../../../src/events/event.ts";
import type { GroupAsk } from "../../../../src/events/groupask.ts";
import type { GroupChange, GroupFact } from "../../../../src/events/groupfact.ts";
import type { Stay } from "./person.ts";

/** A property that does not hold, and where. */
export type Red = readonly [property: string, what: string];

/** Seconds of the limit that may be used at once. */
const BURST_S = 5;
const STAYS_MS = 1_000;

/** The truth that the facts and the ticks of a group say by themselves. */
export interface Truth {
  /** By user, in the order of their first coming. */
  readonly stays: ReadonlyMap<string, readonly Stay[]>;
  readonly marks: ReadonlyMap<string, { delivered: number; read: number }>;
}

const comes = (change: GroupChange): readonly string[] =>
  change.do === "create"
    ? change.members
    : change.do === "add"
      ? change.users
      : change.do === "join"
        ? [change.user]
        : [];

const goes = (change: GroupChange): string | undefined =>
  change.do === "leave" || change.do === "remove" ? change.user : undefined;

export function truthOf(mails: readonly GroupMail[]): Truth {
  const stays = new Map<string, Stay[]>();
  const marks = new Map<string, { delivered: number; read: number }>();
  let head = 0;
  const claim = (of: "delivered" | "read", upTo: number, user: string): void => {
    if (stays.get(user)?.at(-1)?.upTo !== 0) return;
    const known = marks.get(user) ?? { delivered: 0, read: 0 };
    known[of] = Math.max(known[of], Math.min(upTo, head));
    known.delivered = Math.max(known.delivered, known.read);
    marks.set(user, known);
  };
  const moves = (change: GroupChange, position: number): void => {
    for (const user of comes(change))
      stays.set(user, [...(stays.get(user) ?? []), { from: position, upTo: 0 }]);
    const last = stays.get(goes(change) ?? "")?.at(-1);
    if (last !== undefined) last.upTo = position;
  };
  for (const mail of mails) {
    if (mail.kind === "tick")
      for (const of of ["delivered", "read"] as const)
        for (const [upTo, users] of mail.event[of]) users.forEach((user) => claim(of, upTo, user));
    if (mail.kind !== "group") continue;
    head = mail.position;
    if (mail.event.type === "GroupChanged") moves(mail.event.change, mail.position);
  }
  return { stays, marks };
}

/** The group as the facts have it so far, by the rules as they are written in docs/rules.md and the ADR. */
interface Board {
  readonly members: Map<string, { admin: boolean; from: number }>;
  readonly removed: Set<string>;
  readonly rules: { send: string; edit: string; add: string };
  secret: string | undefined;
  /** Once somebody has made it. */
  limits: { readonly members: number; readonly sendsPerSecond: number } | undefined;
}

/** A refusal as its author was told: of which copy, and by which code. */
export interface Refusal {
  readonly of: number;
  readonly code: string;
}

/** Holds each copy of a group, and what came of it, against the rules, in the order of the decisions. */
export function* referee(
  group: string,
  mails: readonly GroupMail[],
  refusals: readonly Refusal[],
): Generator<Red> {
  const facts = new Map(
    mails.flatMap((mail) => (mail.kind === "group" ? [[mail.event.of, mail] as const] : [])),
  );
  const codes = new Map(refusals.map(({ of, code }) => [of, code]));
  const board: Board = {
    members: new Map(),
    removed: new Set(),
    rules: { send: "all", edit: "all", add: "all" },
    secret: undefined,
    limits: undefined,
  };
  const accepted: { at: number; of: number }[] = [];
  let clock = 0;
  for (const mail of mails) {
    if (mail.kind !== "ask") continue;
    clock = Math.max(clock, mail.at);
    const { position: of, event: ask } = mail;
    const fact = facts.get(of);
    const wrong = fact ? whyWrong(board, ask, fact.event) : notRefused(board, ask, codes.get(of));
    if (wrong !== undefined) yield [`rights: ${wrong}`, `${group}:${of}`];
    facts.delete(of);
    if (fact?.event.type === "MessageSent") accepted.push({ at: clock, of });
    if (fact?.event.type === "GroupChanged" && ask.type === "GroupAsked")
      apply(board, fact.event.change, ask, fact.position);
    const roles = [...board.members.values()];
    if (roles.length > 0 && !roles.some(({ admin }) => admin))
      yield ["P8 there is an admin", `${group}:${of}`];
  }
  for (const of of facts.keys()) yield ["P3 a fact answers a copy", `${group}:${of}`];
  yield* tooFast(group, accepted, board.limits?.sendsPerSecond ?? 0);
}

/** The reason why a refusal should not have been. */
function notRefused(
  { members }: Board,
  event: GroupAsk,
  code: string | undefined,
): string | undefined {
  const member = members.get(event.author);
  const needsNone =
    event.type === "GroupAsked" && ["create", "join", "standing"].includes(event.ask.do);
  const isUnder = member !== undefined && member.from === event.under;
  if (code === "not_found") return isUnder && !needsNone ? "a member is told not_found" : undefined;
  if (code === "forbidden") return member?.admin === true ? "an admin is forbidden" : undefined;
  if (code !== "group.last_admin") return undefined;
  const admins = [...members.values()].filter(({ admin }) => admin);
  return admins.length > 1 ? "there is another admin" : undefined;
}

function whyWrong(board: Board, event: GroupAsk, fact: GroupFact): string | undefined {
  const change = fact.type === "MessageSent" ? undefined : fact.change;
  const { members, removed, rules } = board;
  const { author: by } = event;
  const room = board.limits?.members ?? 0;
  const asked = event.type === "GroupAsked" ? event.ask : undefined;
  if (change?.do === "create") return board.limits === undefined ? undefined : "made twice";
  if (change?.do === "join") {
    if (members.has(by)) return "joined twice";
    return asked?.do === "join" &&
      asked.secret === board.secret &&
      !removed.has(by) &&
      members.size < room
      ? undefined
      : "joined by a void link";
  }
  const member = members.get(by);
  if (member === undefined || member.from !== event.under) return "under another membership";
  const may = (who: string): boolean => who === "all" || member.admin;
  if (change === undefined) return may(rules.send) ? undefined : "sent without the right";
  switch (change.do) {
    case "add":
      if (!may(rules.add) || members.size + change.users.length > room)
        return "added without the right";
      return change.users.some((user) => members.has(user) || (removed.has(user) && !member.admin))
        ? "added whom nobody could"
        : undefined;
    case "leave": {
      const others = [...members].filter(([user]) => user !== change.user);
      const [longest] = others;
      const due =
        longest === undefined || others.some(([, { admin }]) => admin) ? undefined : longest[0];
      return change.user === by &&
        change.successor === due &&
        (change.ended === true) === (longest === undefined)
        ? undefined
        : "left otherwise";
    }
    case "describe":
      return may(rules.edit) ? undefined : "described without the right";
    case "remove":
      return member.admin && members.has(change.user) && change.user !== by
        ? undefined
        : "removed without the right";
    default:
      return member.admin ? undefined : `${change.do} without the right`;
  }
}

function apply(
  board: Board,
  change: GroupChange,
  { ask }: Extract<GroupAsk, { type: "GroupAsked" }>,
  from: number,
): void {
  const { members, removed, rules } = board;
  for (const [i, user] of comes(change).entries()) {
    members.set(user, { admin: change.do === "create" && i === 0, from });
    removed.delete(user);
  }
  if (change.do === "create") board.limits = change.limits;
  members.delete(goes(change) ?? "");
  if (change.do === "remove") removed.add(change.user);
  if (change.do === "rule") Object.assign(rules, change);
  if (ask.do === "invite") board.secret = ask.secret;
  const role =
    change.do === "promote" || change.do === "demote"
      ? change.user
      : change.do === "leave"
        ? change.successor
        : undefined;
  const member = members.get(role ?? "");
  if (member !== undefined) member.admin = change.do !== "demote";
}

/** In no stretch more are accepted than the limit lets through, five seconds' worth at once. */
function* tooFast(
  group: string,
  accepted: readonly { at: number; of: number }[],
  perSecond: number,
): Generator<Red> {
  for (const [i, { at: first }] of accepted.entries())
    for (const [j, { at, of }] of accepted.slice(i).entries())
      if (j + 1 > perSecond * (BURST_S + (at - first) / 1_000) + 1e-6)
        return yield ["rate: too many", `${group}:${of}`];
}

/** Nobody who was refused for being too fast is heard within a second behind: nothing of theirs overtakes. */
export function* overtaking(
  group: string,
  mails: readonly GroupMail[],
  busy: readonly { author: string; of: number }[],
): Generator<Red> {
  let clock = 0;
  const until = new Map<string, number>();
  const answered = new Set(mails.flatMap((mail) => (mail.kind === "group" ? [mail.event.of] : [])));
  const refused = new Set(busy.map(({ author, of }) => `${author} ${of}`));
  for (const mail of mails) {
    if (mail.kind !== "ask" || mail.event.type !== "MessageSent") {
      clock = mail.kind === "ask" ? Math.max(clock, mail.at) : clock;
      continue;
    }
    clock = Math.max(clock, mail.at);
    const { author } = mail.event;
    if (answered.has(mail.position) && clock < (until.get(author) ?? 0))
      yield ["rate: one overtakes", `${group}:${mail.position}`];
    if (refused.has(`${author} ${mail.position}`)) until.set(author, clock + STAYS_MS);
  }
}
