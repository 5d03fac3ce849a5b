import { describe, expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { Projections } from "../../src/projections/projections.ts";
import { listedAt, type ChatsAnswer, type ChatPlace } from "../../src/protocol/frames/chats.ts";
import type { Query } from "../../src/protocol/internal/query.ts";
import { GROUPS_MAX } from "../../src/events/limits.ts";
import { folder } from "../support/folder.ts";
import { groupMailbox, groupNamed } from "../support/group.ts";
import { delivered, mailbox, read } from "../support/mailbox.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { opened } from "./support.ts";

const alice = mailbox("alice");
const [ONE, TWO] = [groupNamed("one"), groupNamed("two")];
const [one, two] = [groupMailbox(ONE), groupMailbox(TWO)];

/** An entry that was stored at another time than its seq says. */
const at = (entry: Entry, ms: number): Entry => ({ ...entry, at: ms });

interface World {
  readonly own: readonly Entry[];
  readonly ofOne?: readonly Entry[];
  readonly ofTwo?: readonly Entry[];
  /** Whether another process answers for stream 2; absent: this one does. */
  readonly others?: (query: Query) => Promise<string>;
}

/** alice's mailbox lies in the first stream, group one in the second, group two in the third. */
async function views({ own, ofOne = [], ofTwo = [], others }: World) {
  const names = ["MAILBOX_0", "MAILBOX_1", "MAILBOX_2", "ACTIVITY"];
  const sources = names.map((name) => new MemorySource(name));
  [own, ofOne, ofTwo].forEach((entries, i) => sources[i]?.store(...entries));
  const streamOf = (owner: string): string =>
    owner === ONE ? "MAILBOX_1" : owner === TWO ? "MAILBOX_2" : "MAILBOX_0";
  const asked: string[] = [];
  const projections = await Projections.start({
    sources: others === undefined ? sources : sources.filter(({ name }) => name !== "MAILBOX_2"),
    dir: folder(),
    mailboxOf: streamOf,
    onlineMs: 20_000,
    elapsed: () => 0,
    log: silent,
    serve: () => ({ beCurrent: () => undefined, end: () => undefined }),
    ...(others && {
      others: (query) => {
        asked.push(query.view);
        return others(query);
      },
    }),
  });
  onTestFinished(() => projections.stop());
  await projections.ready;
  const chats = async (page: { before?: ChatPlace; limit?: number } = {}): Promise<ChatsAnswer> => {
    const query = {
      view: "chats",
      owner: "alice",
      device: "phone",
      limit: 50,
      atLeast: 0,
    } as const;
    const reply = opened(await projections.ask({ ...query, ...page }));
    if ("error" in reply) throw new Error(reply.error);
    return reply.result as ChatsAnswer;
  };
  const ask = (query: Query): Promise<string> => projections.ask(query);
  return { chats, ask, asked };
}

const peers = ({ chats }: ChatsAnswer): string[] => chats.map(({ peer }) => peer);

const made = one.created(10, ["alice", "bob"]);
const inOne = alice.joined(5, ONE, 10);

describe("[G11] a list of chats", () => {
  test("has groups and people by the time of what came last", async () => {
    const { chats } = await views({
      own: [inOne, alice.joined(6, TWO, 20), at(alice.told(7, "bob", 1), 2_000_030)],
      ofOne: [made, one.said(12, "bob")],
      ofTwo: [two.created(20, ["carol", "alice"]), two.said(40, "carol", ["alice"])],
    });
    const list = await chats();
    expect(peers(list)).toEqual([TWO, "bob", ONE]);
    expect(list).not.toHaveProperty("partial");
    expect(list.chats[0]).toEqual({
      peer: TWO,
      at: 2_000_040,
      from: 20,
      read: 0,
      readHere: 0,
      peerDelivered: 0,
      peerRead: 0,
      name: "name 20",
      last: {
        seq: 40,
        id: `${TWO}:40`,
        author: "carol",
        to: TWO,
        cid: "phone.40",
        body: "carol 40",
        sentAt: 2_000_038,
        mentions: ["alice"],
      },
      unread: 1,
      mentioned: true,
      seq: 40,
    });
  });
  test("comes in pages, without gap or repeat, whoever has what", async () => {
    const { chats } = await views({
      own: [
        inOne,
        alice.joined(6, TWO, 20),
        at(alice.told(7, "bob", 1), 2_000_012),
        at(alice.told(8, "dave", 1), 2_000_030),
      ],
      ofOne: [made, one.said(12, "bob")],
      ofTwo: [two.created(20, ["carol", "alice"])],
    });
    const all = peers(await chats());
    expect(all).toEqual(["dave", TWO, "bob", ONE]);
    for (const limit of [1, 2, 3]) {
      const turned: string[] = [];
      let page = await chats({ limit });
      for (; page.more; page = await chats({ limit, before: listedAt(page.chats.at(-1))! }))
        turned.push(...peers(page));
      expect([...turned, ...peers(page)]).toEqual(all);
    }
  });
  test("ends a page where a stream has more that is long, and goes on there", async () => {
    const long = "x".repeat(16_000);
    const names = Array.from({ length: 14 }, (_, i) => groupNamed(`n${i}`));
    const { chats } = await views({
      own: [
        ...names.flatMap((id, i) => [
          at(alice.joined(10 * i + 1, id, 10 * i + 2), 1),
          groupMailbox(id).created(10 * i + 2, ["alice"]),
          groupMailbox(id).said(10 * i + 3, "alice", [], long),
        ]),
        ...["bob", "carol"].map((peer, i) => at(alice.told(900 + i, peer, 1), 1_000 + i)),
      ],
    });
    const turned: string[] = [];
    let page = await chats({ limit: 200 });
    expect(page).toMatchObject({ more: true });
    // A row behind the end of a list that has more is on a later page, though it would fit on this one.
    expect(peers(page)).not.toContain("bob");
    for (; page.more; page = await chats({ limit: 200, before: listedAt(page.chats.at(-1))! }))
      turned.push(...peers(page));
    expect([...turned, ...peers(page)]).toEqual([...names.toReversed(), "carol", "bob"]);
  });
  test("has what the own mailbox tells of a group: how far one has read, and the ticks of one's own messages", async () => {
    const { chats } = await views({
      own: [inOne, alice.received(6, ONE, read(12)), alice.ticked(8, ONE, 14, delivered(11))],
      ofOne: [
        made,
        one.said(11, "alice"),
        one.said(12, "bob"),
        one.said(13, "alice"),
        one.said(14, "bob"),
      ],
    });
    expect((await chats()).chats).toMatchObject([
      { read: 12, unread: 1, peerDelivered: 11, peerRead: 0 },
    ]);
  });
  test("says of a group that one has left what was there then, and nothing later", async () => {
    const left = one.changed(14, "bob", { do: "remove", user: "alice" });
    const ofOne = [made, one.said(12, "bob"), left, one.said(16, "bob", ["alice"])];
    const { chats } = await views({ own: [inOne, alice.left(7, ONE, 10, 14)], ofOne });
    expect((await chats()).chats).toMatchObject([
      {
        at: 2_000_014,
        upTo: 14,
        why: "removed",
        unread: 1,
        seq: 14,
        last: { change: { do: "remove" } },
      },
    ]);
    // The group's own word counts before the own mailbox has heard it.
    const early = await views({ own: [inOne], ofOne });
    expect((await early.chats()).chats).toMatchObject([{ upTo: 14, seq: 14 }]);
  });
  test("asks each stream once, and is partial where one does not answer", async () => {
    const world = {
      own: [inOne, alice.joined(6, TWO, 20)],
      ofOne: [made, one.said(12, "bob")],
      others: () => Promise.reject(new Error("nobody")),
    };
    const { chats, asked } = await views(world);
    const list = await chats();
    expect(list.partial).toBe(true);
    expect(peers(list)).toEqual([ONE, TWO]);
    expect(list.chats[1]).toEqual({
      peer: TWO,
      at: 1_000_006,
      from: 20,
      read: 0,
      readHere: 0,
      peerDelivered: 0,
      peerRead: 0,
    });
    expect(asked).toEqual(["groupplaces"]);
  });
  test("asks a stream for the places of its groups, and for the rows of those on the page alone", async () => {
    const own = [inOne, alice.joined(6, TWO, 20)];
    const ofOne = [made, one.said(12, "bob")];
    const ofTwo = [two.created(20, ["carol", "alice"])];
    const other = await views({ own: [], ofTwo });
    const { chats, asked } = await views({ own, ofOne, others: other.ask });
    expect(await chats()).toEqual(await (await views({ own, ofOne, ofTwo })).chats());
    expect(asked).toEqual(["groupplaces", "grouprows"]);
    await chats({ before: { at: 2_000_013, peer: "" } });
    expect(asked.slice(2)).toEqual(["groupplaces"]);
  });
  test("has no group whose membership the user's own actor declines", async () => {
    const full = Array.from({ length: GROUPS_MAX }, (_, i) =>
      alice.joined(i + 1, groupNamed(`n${i}`), 1),
    );
    const { chats } = await views({ own: [...full, alice.joined(900, ONE, 10)], ofOne: [made] });
    const list = await chats({ limit: 200 });
    expect([list.chats.length, list.more]).toEqual([200, true]);
    expect(peers(list)).not.toContain(ONE);
  });
  test("has no stay whose beginning a roll-back took", async () => {
    const { chats } = await views({ own: [inOne, alice.left(6, ONE, 10, 9)], ofOne: [made] });
    expect((await chats()).chats).toEqual([]);
  });
});
