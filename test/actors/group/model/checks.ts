import { open, type Entry } from "../../../../src/events/entry.ts";
import type { GroupMail, Mail } from "../../../../src/events/event.ts";
import type { GroupState } from "../../../../src/actors/group/groupstate.ts";
import { BUSY_WORD_MS } from "../../../../src/rules/group/busy.ts";
import { isGroup } from "../../../../src/events/messageid.ts";
import { referee, truthOf, type Red, type Truth } from "./referee.ts";
import { asText, foldEntry, Host, initial } from "./host.ts";
import { staying, type PersonState } from "./person.ts";
import type { World } from "./run.ts";

/** Properties that do not hold in a world in which all is quiet. */
export function* reds(world: World): Generator<Red> {
  if (!world.isQuiet) yield ["P9 nothing is stuck", "not quiet"];
  const states = new Map(world.streams.owners.map((owner) => [owner, replay(world, owner)]));
  for (const [owner, state] of states) yield* kept(world, owner, state);
  const groups = world.groups.filter((group) => states.has(group));
  const people = (user: string): PersonState => (states.get(user) ?? initial(user)) as PersonState;
  yield* outcomes(world, groups, people);
  for (const group of groups) {
    const truth = truthOf(mails(world, group));
    const refusals = world.users.flatMap((author) =>
      people(author).refused.flatMap(([, code, of, position]) =>
        of === group ? [{ author, of: position, code }] : [],
      ),
    );
    yield* referee(group, mails(world, group), refusals);
    for (const user of world.users) yield* overtaking(world, group, user);
    yield* memberships(group, truth, states.get(group) as GroupState, people);
    yield* ticks(world, group, truth, people);
  }
}

function replay(world: World, owner: string) {
  let state = initial(owner);
  for (const entry of world.streams.mailbox(owner)) ({ state } = foldEntry(state, entry));
  return state;
}

const mails = (world: World, group: string): GroupMail[] =>
  world.streams.mailbox(group).map((entry: Entry) => open(entry) as GroupMail);

/** Live, a snapshot with its tail, and a replay are the same; nothing is owed, and no fact is there twice. */
function* kept(world: World, owner: string, state: ReturnType<typeof replay>): Generator<Red> {
  const due = asText(state);
  for (const host of world.hosts.flat()) {
    const live = host.actors.get(owner);
    if (live !== undefined && asText(live.state) !== due) yield ["P3 live is a replay", owner];
    if (host.lanes.size > 0) yield ["P9 nothing is stuck", "lanes"];
  }
  const loaded = new Host(world.streams.of(owner), world.shared).load(owner, Infinity);
  if (asText(loaded.state) !== due) yield ["P3 snapshot and tail are a replay", owner];
  if (!isGroup(owner)) return;
  if ((state as GroupState).owed.length > 0) yield ["P9 nothing is stuck", `${owner} owes`];
  const answered = mails(world, owner).flatMap((mail) =>
    mail.kind === "group" ? [mail.event.of] : [],
  );
  if (new Set(answered).size < answered.length) yield ["P3 each is stated once", owner];
}

/** Each stored send has one outcome. A refused `join` may come true when it is put again. */
function* outcomes(
  world: World,
  groups: readonly string[],
  people: (user: string) => PersonState,
): Generator<Red> {
  const accepted = new Map<string, number>();
  for (const group of groups)
    for (const mail of mails(world, group))
      if (mail.kind === "group" && mail.event.cid !== undefined)
        accepted.set(mail.event.cid, (accepted.get(mail.event.cid) ?? 0) + 1);
  for (const [cid, { user, ask, isStored }] of world.sent) {
    if (!isStored) continue;
    const facts = accepted.get(cid) ?? 0;
    const refusals = people(user).refused.filter(([each]) => each === cid).length;
    if (facts === 0 && refusals === 0) yield ["P2 a send comes to something", cid];
    if (facts > 1) yield ["P2 a send is accepted once", cid];
    if (facts > 0 && refusals > 0 && ask !== "join") yield ["P7 no accepted one is refused", cid];
  }
}

/** Nothing that its author sent before they had a second to hear of a refusal, of what they sent earlier, overtakes it. */
function* overtaking(world: World, group: string, author: string): Generator<Red> {
  const accepted = new Set(
    mails(world, group).map(({ event }) =>
      event.type === "MessageSent" && event.author === author && "of" in event ? event.cid : "",
    ),
  );
  const sent = new Map<string, Mail>();
  const busy = new Map<string, Mail>();
  for (const entry of world.streams.mailbox(author)) {
    const mail = open(entry) as Mail;
    const { event } = mail;
    if (event.type === "MessageSent" && event.to === group && !sent.has(event.cid))
      sent.set(event.cid, mail);
    if (event.type === "Refused" && event.code === "group.busy" && !busy.has(event.cid))
      busy.set(event.cid, mail);
  }
  for (const [refused, { at: heardAt }] of busy) {
    const first = sent.get(refused)?.seq ?? Number.POSITIVE_INFINITY;
    for (const [cid, { seq, at }] of sent)
      if (accepted.has(cid) && seq > first && at < heardAt + BUSY_WORD_MS)
        yield ["P1 nothing overtakes what was refused", `${group}: ${cid} passes ${refused}`];
  }
}

/** The users' actors and the group agree on who was in from where to where, but for what somebody has declined. */
function* memberships(
  group: string,
  { stays }: Truth,
  state: GroupState,
  people: (user: string) => PersonState,
): Generator<Red> {
  const ever = new Set(stays.keys());
  for (const [user] of state.people)
    if (!ever.has(user)) yield ["P10 no stranger is remembered", user];
  const here = [...stays].filter(([, all]) => all.at(-1)?.upTo === 0).map(([user]) => user);
  if ([...state.members.keys()].toSorted().join() !== here.toSorted().join())
    yield ["P6 decided is published", group];
  if ([...state.present.keys()].toSorted().join() !== here.toSorted().join())
    yield ["P6 present is published", group];
  for (const [user, all] of stays) {
    const person = people(user);
    const due = all.filter(({ from }) => !person.declined.includes(`${group} ${from}`));
    const known = person.stays[group] ?? [];
    const text = (ranges: readonly { from: number; upTo: number }[]): string =>
      ranges.map(({ from, upTo }) => `${from}-${upTo}`).join();
    if (text(due) !== text(known))
      yield ["P6 its user's actor knows", `${user} in ${group}: ${text(known)}, not ${text(due)}`];
    if (staying(person, group) !== undefined && !state.members.has(user))
      yield ["P6 its user's actor knows", user];
  }
}

/** Ticks are those of the present members but the author. */
function* ticks(
  world: World,
  group: string,
  { stays, marks }: Truth,
  people: (user: string) => PersonState,
): Generator<Red> {
  for (const mail of mails(world, group)) {
    if (mail.kind !== "group" || mail.event.type !== "MessageSent") continue;
    const { author } = mail.event;
    const holders = [...stays].filter(([user, all]) => {
      const last = all.at(-1);
      return user !== author && last?.upTo === 0 && last.from <= mail.position;
    });
    const { theirs } = people(author).chats[group] ?? { theirs: { delivered: 0, read: 0 } };
    for (const of of ["delivered", "read"] as const) {
      const due = holders.every(([user]) => (marks.get(user)?.[of] ?? 0) >= mail.position);
      if (due !== theirs[of] >= mail.position)
        yield ["P4 ticks are what the definition says", `${group}:${mail.position} ${of}`];
    }
  }
}
