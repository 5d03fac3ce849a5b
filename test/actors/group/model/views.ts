import { evolveGroup } from "../../../../src/actors/group/evolve.ts";
import { newGroup, type GroupState } from "../../../../src/actors/group/groupstate.ts";
import { open } from "../../../../src/events/entry.ts";
import type { GroupMail } from "../../../../src/events/event.ts";
import { project } from "../../../../src/projections/project.ts";
import { VIEWS } from "../../../../src/projections/registry.ts";
import { presentOf } from "../../../../src/projections/views/groups/members.ts";
import type { Answers } from "../../../../src/protocol/frames/reply.ts";
import type { Query } from "../../../../src/protocol/internal/query.ts";
import { MemoryRows } from "../../../../src/testing/memoryrows.ts";
import { truthOf, type Red, type Truth } from "./referee.ts";
import type { World } from "./run.ts";

/** Entries between two looks at all messages. */
const LOOK_EACH = 25;

type Said = Extract<GroupMail, { kind: "group" }>;

/** The views of a group, the group's own fold, and what the entries say by themselves: where they differ. */
export function* differences(world: World, group: string): Generator<Red> {
  const rows = new MemoryRows();
  const messages: Said[] = [];
  const mails: GroupMail[] = [];
  let state = newGroup;
  for (const entry of world.streams.mailbox(group)) {
    const mail = open(entry) as GroupMail;
    mails.push(mail);
    project(rows, mail, VIEWS);
    ({ state } = evolveGroup(state, mail));
    if (mail.kind === "ask") continue;
    if (mail.kind === "group" && mail.event.type === "MessageSent") messages.push(mail);
    const where = `${group} at ${mail.seq}`;
    if (membersSeen(rows, group) !== membersKnown(state)) yield ["views know who is in", where];
    if (mails.length % LOOK_EACH === 0) yield* ticks(rows, state, messages, where);
  }
  yield* ticks(rows, state, messages, group);
  yield* receipts(rows, truthOf(mails), messages);
  yield* about(rows, group, state);
}

const membersSeen = (rows: MemoryRows, group: string): string =>
  presentOf(rows, group)
    .map(({ user, from, delivered, read }) => `${user} ${from} ${delivered} ${read}`)
    .join();
const membersKnown = ({ present }: GroupState): string =>
  [...present]
    .map(([user, { from, delivered, read }]) => `${user} ${from} ${delivered} ${read}`)
    .join();

const answer = (rows: MemoryRows, query: object): unknown =>
  VIEWS.find(({ name }) => name === (query as Query).view)?.answer?.(
    rows,
    { atLeast: 0, ...query } as Query,
    { now: 0, onlineMs: 1 },
  );

const idOf = ({ owner, position }: Said): string => `${owner}:${position}`;
const authorOf = ({ event }: Said): string => (event.type === "MessageSent" ? event.author : "");

/** `status` has a tick of all exactly where the group has told its author so. */
function* ticks(
  rows: MemoryRows,
  { authors }: GroupState,
  messages: readonly Said[],
  where: string,
): Generator<Red> {
  for (const message of messages) {
    const [owner, id] = [authorOf(message), idOf(message)];
    const said = answer(rows, { view: "groupstatus", owner, id }) as Answers["status"];
    const told = authors.get(owner) ?? { delivered: 0, read: 0 };
    const due =
      told.read >= message.position
        ? "read"
        : told.delivered >= message.position
          ? "delivered"
          : "sent";
    if (said.status !== due) yield ["ticks", `${id} is ${said.status}, not ${due}: ${where}`];
  }
}

/** `n of m` and `info` are what the definition says, by the facts and the ticks alone. */
function* receipts(
  rows: MemoryRows,
  { stays, marks }: Truth,
  messages: readonly Said[],
): Generator<Red> {
  for (const message of messages) {
    const { position } = message;
    const [owner, id] = [authorOf(message), idOf(message)];
    const had = [...stays].filter(
      ([user, all]) =>
        user !== owner &&
        all.some(({ from, upTo }) => from <= position && (upTo === 0 || position <= upTo)),
    );
    const present = had
      .filter(([, all]) => all.at(-1)!.upTo === 0 && all.at(-1)!.from <= position)
      .map(([user]) => user);
    const count = (of: "delivered" | "read"): number =>
      present.filter((user) => (marks.get(user)?.[of] ?? 0) >= position).length;
    const due = `${count("delivered")}, ${count("read")} of ${present.length}`;
    const said = answer(rows, { view: "groupstatus", owner, id }) as Answers["status"];
    const seen = `${said.delivered}, ${said.read} of ${said.of}`;
    if (seen !== due) yield ["n of m", `${id}: ${seen}, not ${due}`];
    const { members } = answer(rows, { view: "info", owner, id, limit: 200 }) as Answers["info"];
    const told = members.map(({ user, left }) => (left ? `${user} left` : user)).join();
    const known = had
      .map(([user]) => (present.includes(user) ? user : `${user} left`))
      .toSorted((a, b) => (a < b ? -1 : 1))
      .join();
    if (told !== known) yield ["info", `${id}: ${told}, not ${known}`];
  }
}

/** Roles and rules as each member is told them are those that the group decides by. */
function* about(rows: MemoryRows, group: string, state: GroupState): Generator<Red> {
  const { charter, members } = state;
  for (const [owner, { admin, from }] of members) {
    const said = answer(rows, { view: "group", owner, group }) as Answers["group"];
    const { limits, send, edit, add, secret } = charter!;
    const due = {
      role: admin ? "admin" : "member",
      from,
      members: members.size,
      limits,
      rules: { send, edit, add },
      invite: admin ? secret : undefined,
    };
    const { role, from: since, members: count, limits: told, rules, invite } = said;
    const seen = { role, from: since, members: count, limits: told, rules, invite };
    if (JSON.stringify(seen) !== JSON.stringify(due))
      yield ["about", `${owner} in ${group}: ${JSON.stringify(seen)}, not ${JSON.stringify(due)}`];
  }
}
