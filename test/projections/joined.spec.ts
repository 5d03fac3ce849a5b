import { describe, expect, test } from "vitest";
import { open, type Entry } from "../../src/events/entry.ts";
import { isPart, joined, type Unwritten } from "../../src/projections/joined.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { chats } from "../../src/projections/views/chats.ts";
import { ANSWER_MS, writeReply, type Query } from "../../src/protocol/internal/query.ts";
import type { ChatsAnswer } from "../../src/protocol/frames/chats.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { groupMailbox, groupNamed } from "../support/group.ts";
import { delivered, mailbox, read } from "../support/mailbox.ts";
import { opened } from "./support.ts";

type Chats = Extract<Query, { view: "chats" }>;
const alice = mailbox("alice");
const [ONE, TWO, THREE] = [groupNamed("one"), groupNamed("two"), groupNamed("three")];
const [one, two, three] = [groupMailbox(ONE), groupMailbox(TWO), groupMailbox(THREE)];
const SILENT = (): never => {
  throw new Error("nobody answers");
};

/** A list of alice's, whose groups one and three lie in the stream G, two in H. `instead`: what a stream says in place of its answer. */
function world(
  entries: { readonly own: readonly Entry[]; readonly g?: Entry[]; readonly h?: Entry[] },
  instead: (stream: string, query: Query) => string | Unwritten | undefined = () => undefined,
) {
  const streams = new Map(
    Object.entries({ OWN: entries.own, G: entries.g ?? [], H: entries.h ?? [] }).map(
      ([name, all]) => {
        const rows = new MemoryRows();
        for (const each of all) project(rows, open(each), VIEWS);
        return [name, rows] as const;
      },
    ),
  );
  const asked: [stream: string, query: Query][] = [];
  const answerOf = (stream: string, query: Query): Unwritten => {
    const view = VIEWS.find(({ name }) => name === query.view);
    const moment = { now: 0, onlineMs: 1 };
    return { seq: 1, result: view?.answer?.(streams.get(stream)!, query, moment) };
  };
  const list = async (page: Partial<Chats> = {}) => {
    asked.length = 0;
    const query: Chats = { ...LIST, ...page };
    const own = chats.answer(streams.get("OWN")!, query);
    return opened(
      await joined({ seq: 7, result: own }, query, {
        streamOf: (id) => (id === "alice" ? "OWN" : id === TWO ? "H" : "G"),
        ask: async (stream, about) => {
          asked.push([stream, about]);
          return instead(stream, about) ?? answerOf(stream, about);
        },
      }),
    ) as { seq: number; result: ChatsAnswer; error?: string };
  };
  const views = (): string[] => asked.map(([stream, { view }]) => `${stream} ${view}`);
  return { list, asked, views, answerOf };
}
const NONE = { read: 0, readHere: 0, peerDelivered: 0, peerRead: 0 };
const LIST = { view: "chats", owner: "alice", device: "phone", limit: 50, atLeast: 0 } as const;
const peers = ({ result }: { result: ChatsAnswer }): string[] =>
  result.chats.map(({ peer }) => peer);

const own = [
  alice.joined(5, ONE, 10),
  alice.joined(6, TWO, 20),
  alice.joined(7, THREE, 30),
  { ...alice.told(8, "bob", 1), at: 2_000_025 },
];
const g = [one.created(10, ["alice", "bob"]), one.said(12, "bob"), three.created(30, ["alice"])];
const h = [two.created(20, ["carol", "alice"])];

describe("[G11] a list that is joined", () => {
  test("asks each stream for its places and then for the rows on the page, and the own one for the marks of those", async () => {
    const { list, views, asked } = world({ own, g, h });
    const all = await list();
    expect([all.seq, all.result.more]).toEqual([7, false]);
    expect(all.result).not.toHaveProperty("partial");
    expect(all.result).not.toHaveProperty("stays");
    expect(peers(all)).toEqual([THREE, "bob", TWO, ONE]);
    expect(views()).toEqual([
      "G groupplaces",
      "H groupplaces",
      "OWN groupmarks",
      "G grouprows",
      "H grouprows",
    ]);
    expect(asked[2]?.[1]).toEqual({
      view: "groupmarks",
      owner: "alice",
      device: "phone",
      groups: [THREE, TWO, ONE],
      atLeast: 0,
    });
    const first = await list({ limit: 2 });
    expect([peers(first), first.result.more]).toEqual([[THREE, "bob"], true]);
    expect(views()).toEqual(["G groupplaces", "H groupplaces", "OWN groupmarks", "G grouprows"]);
    const people = await list({ before: { at: 2_000_025, peer: "bob" }, limit: 1 });
    expect([peers(people), people.result.more]).toEqual([[TWO], true]);
  });

  test("asks nobody where there are no groups, and for no marks where none is on the page", async () => {
    const alone = world({ own: [alice.told(8, "bob", 1)] });
    expect(peers(await alone.list())).toEqual(["bob"]);
    expect(alone.views()).toEqual([]);
    const { list, views } = world({ own, g, h });
    expect(peers(await list({ before: { at: 5, peer: "" } }))).toEqual([]);
    expect(views()).toEqual(["G groupplaces", "H groupplaces"]);
  });

  test("waits half of its time for places and three tenths for rows", async () => {
    const { list, asked } = world({ own, g, h });
    const times = async (withinMs?: number) => {
      await list(withinMs === undefined ? {} : { withinMs });
      return ["groupplaces", "groupmarks", "grouprows"].map(
        (view) => asked.find(([, query]) => query.view === view)?.[1].withinMs,
      );
    };
    expect(await times()).toEqual([ANSWER_MS / 2, undefined, ANSWER_MS * 0.3]);
    expect(await times(1_001)).toEqual([501, undefined, 300]);
    expect(await times(1)).toEqual([1, undefined, 1]);
  });

  test("has the groups of a stream that does not answer where they were joined, and says so", async () => {
    for (const silent of [SILENT, () => writeReply({ error: "view.behind" })]) {
      const { list, views } = world({ own, g, h }, (stream) =>
        stream === "G" ? silent() : undefined,
      );
      const part = await list();
      expect(part.result.partial).toBe(true);
      expect(peers(part)).toEqual(["bob", TWO, THREE, ONE]);
      expect(part.result.chats[2]).toEqual({ peer: THREE, at: 1_000_007, from: 30, ...NONE });
      expect(views()).not.toContain("G grouprows");
      const before = { at: 1_000_007, peer: THREE };
      expect(peers(await list({ before }))).toEqual([ONE]);
      const two = await list({ limit: 2, before: { at: 2_000_020, peer: TWO } });
      expect([peers(two), two.result.more]).toEqual([[THREE, ONE], false]);
    }
  });

  test("has the place alone of a group whose stream falls silent before it has said the row", async () => {
    const { list } = world({ own, g, h }, (stream, { view }) =>
      stream === "H" && view === "grouprows" ? SILENT() : undefined,
    );
    const part = await list();
    expect([part.result.partial, peers(part)]).toEqual([true, [THREE, "bob", TWO, ONE]]);
    expect(part.result.chats[2]).not.toHaveProperty("last");
    expect(part.result.chats[2]).toMatchObject({ at: 2_000_020, from: 20 });
    expect(part.result.chats[3]).toHaveProperty("last");
  });

  test("is not there where the own stream does not say how far one has read", async () => {
    const { list } = world({ own, g, h }, (stream) => (stream === "OWN" ? SILENT() : undefined));
    expect(await list()).toEqual({ error: "unavailable" });
  });

  test("takes an answer of another process, too, and no group for which it has no marks", async () => {
    const from: World = world({ own, g, h });
    const { list } = world({ own, g, h }, (stream, query) => {
      const { seq, result } = from.answerOf(stream, query);
      const said = query.view === "groupmarks" ? { marks: marksOf(result).slice(0, 2) } : result;
      return writeReply({ seq, result: said });
    });
    const all = await list();
    // The third group has none, and what is behind it is of the next page.
    expect([peers(all), all.result.more]).toEqual([[THREE, "bob", TWO], true]);
    expect(all.result.chats[0]).toMatchObject({ name: "name 30", seq: 30, unread: 0 });
  });

  test("ends where a stream had no room for a row, and has more", async () => {
    const { list, answerOf } = world({ own, g, h }, (stream, query) => {
      if (query.view !== "grouprows" || stream !== "H") return undefined;
      return { ...answerOf(stream, query), result: { rows: [] } };
    });
    const cut = await list();
    expect([peers(cut), cut.result.more]).toEqual([[THREE, "bob"], true]);
    expect(cut.result).not.toHaveProperty("partial");
  });

  test("has no place behind the end of a list that has more", async () => {
    for (const [count, known] of [
      [1, [THREE]],
      [2, [THREE, "bob", TWO, ONE]],
    ] as const) {
      const { list, answerOf } = world({ own, g, h }, (stream, query) => {
        if (query.view !== "groupplaces" || stream !== "G") return undefined;
        const { seq, result } = answerOf(stream, query);
        const { places } = result as { places: readonly object[] };
        return { seq, result: { places: places.slice(0, count), more: true } };
      });
      const first = await list();
      expect([peers(first), first.result.more]).toEqual([known, true]);
    }
  });

  test("tells what the own mailbox knows of a group that one has left, or that has ticks", async () => {
    const more = [
      alice.received(9, ONE, read(12)),
      alice.ticked(10, ONE, 14, delivered(11)),
      alice.left(11, TWO, 20, 22),
    ];
    const ofTwo = [...h, two.changed(22, "carol", { do: "remove", user: "alice" })];
    const { list, asked } = world({ own: [...own, ...more], g, h: ofTwo });
    const { chats: rows } = (await list()).result;
    expect(rows.find(({ peer }) => peer === ONE)).toMatchObject({
      read: 12,
      readHere: 12,
      peerDelivered: 11,
      peerRead: 0,
      unread: 0,
    });
    expect(rows.find(({ peer }) => peer === TWO)).toMatchObject({
      upTo: 22,
      why: "removed",
      seq: 22,
    });
    expect(asked.find(([, { view }]) => view === "groupplaces")?.[1]).toMatchObject({
      groups: [
        { group: ONE, at: 1_000_005, from: 10 },
        { group: THREE, at: 1_000_007, from: 30 },
      ],
    });
    const silent = world({ own: [...own, ...more], g, h: ofTwo }, (stream) =>
      stream === "H" ? SILENT() : undefined,
    );
    const { result } = await silent.list({ repeats: true });
    expect(result.chats.find(({ peer }) => peer === TWO)).toMatchObject({
      upTo: 22,
      why: "removed",
    });
    expect(result.repeats).toEqual([]);
    expect(asked.every(([, { atLeast }]) => atLeast === 0)).toBe(true);
    expect(asked.at(-1)?.[1]).toMatchObject({
      groups: [{ group: TWO, from: 20, upTo: 22, read: 0 }],
    });
  });

  test("is made of parts that other replicas ask for", () => {
    const parts = VIEWS.filter(({ name }) => isPart({ view: name } as Query));
    expect(parts.map(({ name }) => name)).toEqual(["groupplaces", "groupmarks", "grouprows"]);
  });
});

type World = ReturnType<typeof world>;
const marksOf = (result: unknown) => (result as { marks: object[] }).marks;
