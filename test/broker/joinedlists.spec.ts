import { expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import type { Link } from "../../src/nats/connection.ts";
import { answerQuestions, questions } from "../../src/nats/questions.ts";
import { Projections } from "../../src/projections/projections.ts";
import { listedAt, type ChatsAnswer } from "../../src/protocol/frames/chats.ts";
import { Query, readReply } from "../../src/protocol/internal/query.ts";
import { folder } from "../support/folder.ts";
import { groupMailbox, groupNamed } from "../support/group.ts";
import { mailbox } from "../support/mailbox.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { shared } from "./replica.ts";

const to = shared();

const alice = mailbox("alice");
/** alice's mailbox lies in the stream 0, the group of a number in the stream of that number. */
const groups = [1, 2, 3].map((n) => groupNamed(`${n}`));
const partitionOf = (owner: string): number => groups.indexOf(owner) + 1;
const streamOf = (owner: string): string => `MAILBOX_${partitionOf(owner)}`;

/** When each was stored rises with the number of the group. */
const said = (n: number): Entry[] => {
  const group = groupMailbox(groups[n - 1] ?? "");
  return [group.created(10 * n, ["bob", "alice"]), group.said(10 * n + 1, "bob", ["alice"])];
};
const entries: readonly Entry[][] = [
  groups.map((group, i) => alice.joined(i + 1, group, 10 * (i + 1))),
  said(1),
  said(2),
  said(3),
];

/** A process with the views of these streams until the spec is over. */
async function keeper(link: Link, ...partitions: number[]) {
  const sources = partitions.map((k) => new MemorySource(`MAILBOX_${k}`));
  for (const [i, k] of partitions.entries()) sources[i]?.store(...(entries[k] ?? []));
  const views: Projections = await Projections.start({
    sources,
    dir: folder(),
    mailboxOf: streamOf,
    onlineMs: 20_000,
    elapsed: () => performance.now(),
    log: silent,
    others: (query) => questions(link, { partitionOf }).ask(query),
    serve: (stream) => {
      const ask = (text: string): Promise<string> => views.ask(Query.parse(JSON.parse(text)));
      return answerQuestions(link, stream, ask, silent);
    },
  });
  const stop = (): Promise<void> => views.stop();
  onTestFinished(stop);
  await views.ready;
  return { stop };
}

const ask = async (page: Partial<Extract<Query, { view: "chats" }>> = {}): Promise<ChatsAnswer> => {
  const query = { view: "chats", owner: "alice", device: "phone", limit: 50, atLeast: 0 } as const;
  const gateway = questions(to.link, { partitionOf });
  const reply = readReply(await gateway.ask({ ...query, ...page }));
  if (reply.kind === "refusal") throw new Error(reply.code);
  return JSON.parse(reply.result) as ChatsAnswer;
};
const seen = ({ chats }: ChatsAnswer): [string, number | undefined][] =>
  chats.map((row) => [row.peer, row.unread]);

test("[G11] a list of chats is joined from the streams of several processes", async () => {
  await keeper(to.link, 0);
  await keeper(to.link, 1, 2);
  await keeper(to.link, 3);
  const [one = "", two = "", three = ""] = groups;
  const list = await ask();
  expect(list).not.toHaveProperty("partial");
  expect(seen(list)).toEqual([
    [three, 1],
    [two, 1],
    [one, 1],
  ]);
  const page = await ask({ limit: 1 });
  expect([seen(page), page.more]).toEqual([[[three, 1]], true]);
  const rest = await ask({ before: listedAt(page.chats[0])! });
  expect(seen(rest).map(([peer]) => peer)).toEqual([two, one]);
});

test("[G11] a list of chats says that it is a part where a process is gone, or does not answer, in the time of the question", async () => {
  await keeper(to.link, 0);
  const other = await keeper(to.link, 1, 2);
  const [one = "", two = "", three = ""] = groups;
  // Of the stream 3 somebody takes questions, and answers none.
  const mute = answerQuestions(to.link, "MAILBOX_3", () => new Promise(() => undefined), silent);
  mute.beCurrent(true);
  onTestFinished(() => mute.end());
  const withinMs = 1_000;
  const list = await ask({ withinMs });
  expect(list.partial).toBe(true);
  // Without its stream's word a group stands where it was joined.
  expect(seen(list)).toEqual([
    [two, 1],
    [one, 1],
    [three, undefined],
  ]);

  await other.stop();
  const alone = await ask({ withinMs });
  expect(alone.partial).toBe(true);
  expect(seen(alone).toReversed()).toEqual(groups.map((group) => [group, undefined]));
});
