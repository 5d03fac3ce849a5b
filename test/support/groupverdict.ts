import type { GroupMail, Mail } from "../../src/events/event.ts";
import { overtaking, referee, truthOf } from "../actors/group/model/referee.ts";

/** The log as somebody reads it: a mailbox, opened. */
export type Mails = (owner: string) => Promise<readonly (Mail | GroupMail)[]>;

/**
 * Holds the log of a group against what was stored for it: each thing has one outcome, each decision is by the rules, and the last
 * word to everybody is on their last membership. Nothing is found once all that is under way has come.
 * @param stored the cids of what its users have sent and asked.
 */
export async function verdict(
  group: string,
  users: readonly string[],
  mails: Mails,
  stored: readonly string[],
): Promise<string[]> {
  const log = (await mails(group)) as readonly GroupMail[];
  const own = new Map<string, readonly Mail[]>();
  for (const user of users) own.set(user, (await mails(user)) as readonly Mail[]);
  const refusals = [...own].flatMap(([author, all]) =>
    all.flatMap(({ event }) =>
      event.type === "Refused"
        ? [{ author, of: event.cause, code: event.code, cid: event.cid }]
        : [],
    ),
  );
  const busy = refusals.filter(({ code }) => code === "group.busy");
  const reds = [...referee(group, log, refusals), ...overtaking(group, log, busy)];
  return [
    ...outcomes(log, new Set(refusals.map(({ cid }) => cid)), stored),
    ...reds.map((red) => red.join(": ")),
    ...lastWords(log, own),
  ];
}

function outcomes(
  log: readonly GroupMail[],
  refused: ReadonlySet<string>,
  stored: readonly string[],
): string[] {
  const facts = new Map<string, number>();
  for (const { kind, event } of log)
    if (kind === "group" && event.cid !== undefined)
      facts.set(event.cid, (facts.get(event.cid) ?? 0) + 1);
  return stored.flatMap((cid) => {
    const count = (facts.get(cid) ?? 0) + (refused.has(cid) ? 1 : 0);
    return count === 1 ? [] : [`${cid} has ${count} outcomes`];
  });
}

function lastWords(log: readonly GroupMail[], own: ReadonlyMap<string, readonly Mail[]>): string[] {
  return [...truthOf(log).stays].flatMap(([user, stays]) => {
    const { from, upTo } = stays.at(-1) ?? { from: 0, upTo: 0 };
    const told = own.get(user)?.findLast(({ event }) => /^Group(Joined|Left)$/.test(event.type));
    const { event } = told ?? {};
    const isTrue =
      event?.type === "GroupJoined"
        ? upTo === 0 && event.from === from
        : event?.type === "GroupLeft" && event.from === from && event.upTo === upTo;
    return isTrue
      ? []
      : [`${user} was told ${JSON.stringify(event)}, and stays ${from} to ${upTo}`];
  });
}
