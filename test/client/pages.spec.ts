import { describe, expect, test } from "vitest";
import { Requests } from "../../src/client/connection/requests.ts";
import { blankGroup, withGroup } from "../../src/client/groups/groupchat.ts";
import { newChat } from "../../src/client/mailbox/chat.ts";
import {
  loadChats,
  loadEarlier,
  loadGroupRows,
  loadUnread,
  readSent,
} from "../../src/client/mailbox/loading.ts";
import type { LocalChat, Row } from "../../src/client/mailbox/localchat.ts";
import type { Question } from "../../src/protocol/frames/reply.ts";
import { groupRow as listed, joining, lonely, messageRow } from "./pieces.ts";

const G = `g-${"1".repeat(22)}`;
const row = (seq: number, author = "bob"): Row =>
  messageRow(seq, author, author === "bob" ? "me" : "bob");
const line = (seq: number) => joining(seq, "me");

/** A device of the user `me`, and views that answer by these pages, one after the other. */
function device(...pages: object[]) {
  const questions: object[] = [];
  const local = lonely();
  local.belongsTo("me");
  local.move(70, "e", { on: { seq: 70, at: 1 } });
  const requests = new Requests({
    limits: () => undefined,
    elapsed: () => 0,
    send: ({ ref, ...question }: Question) => {
      const page = pages[questions.push(question) - 1];
      if (page === undefined) throw new Error("a question too many");
      const view = question.t as never;
      const reply = { t: "reply", ref: ref!, seq: 90, view, result: page as never } as const;
      queueMicrotask(() => requests.answered(reply));
      return true;
    },
  });
  return { local, requests, questions };
}
const seqs = (rows: readonly Row[]): number[] => rows.map(({ seq }) => seq);

describe("what the user has sent to a peer", () => {
  const at = (seq: number, epoch = "e", generation?: number) => ({
    epoch,
    seq,
    on: { seq, at: 1, ...(generation !== undefined && { generation }) },
  });

  test("is read page by page from a place, as long as there are more, as the list of repeats knows it at least", async () => {
    const { local, requests, questions } = device(
      { messages: [row(11), row(12, "me"), row(13)], more: true },
      { messages: [row(14, "me"), row(15)], more: false },
    );
    expect(seqs(await readSent(local, requests, "bob", at(10)))).toEqual([12, 14]);
    const page = { t: "history", peer: "bob", limit: 100, atLeast: 70 };
    expect(questions).toEqual([
      { ...page, after: 10 },
      { ...page, after: 13 },
    ]);
    local.replace({ chats: [], groups: [], sends: [], seq: 80 }, 75, "e");
    const anew = device({ messages: [], more: true });
    anew.local.replace({ chats: [], groups: [], sends: [], seq: 80 }, 75, "e");
    expect(await readSent(anew.local, anew.requests, "bob")).toEqual([]);
    expect(anew.questions).toEqual([{ ...page, atLeast: 80, after: 0 }]);
  });

  test("is read from the newest page, where the place is of another life or generation, or of a mailbox that is not followed yet", async () => {
    for (const place of [at(10, "other"), at(10, "e", 1)]) {
      const { local, requests, questions } = device({ messages: [row(60, "me")], more: true });
      expect(seqs(await readSent(local, requests, "bob", place))).toEqual([60]);
      expect(questions).toEqual([{ t: "history", peer: "bob", limit: 100, atLeast: 70 }]);
    }
    const { local, requests, questions } = device({ messages: [], more: false });
    local.belongsTo("another");
    await readSent(local, requests, "bob", at(10));
    expect(questions[0]).not.toHaveProperty("after");
  });

  test("in a group counts by the group's cursor, and a line of it is no message", async () => {
    const { local, requests, questions } = device({
      messages: [line(3), { ...row(4, "me"), to: G }, { ...row(5), to: G }],
      more: false,
    });
    const group = withGroup({ ...blankGroup(G, "me"), seq: 9 }, { epoch: "g", generation: 2 });
    local.put(group);
    const rows = await readSent(local, requests, G, { epoch: "g", seq: 2 });
    expect(seqs(rows)).toEqual([4]);
    expect(questions).toEqual([
      { t: "history", peer: G, limit: 100, atLeast: 2 * 2 ** 44 + 9, after: 2 },
    ]);
  });
});

describe("earlier messages", () => {
  const chat = (more = true): LocalChat => ({
    ...newChat("bob"),
    seq: 50,
    messages: [row(40), row(50)],
    more,
    received: 50,
  });

  test("are those before the oldest that is there, so many as are asked for and a page has", async () => {
    const { local, requests, questions } = device(
      { messages: [row(39)], more: true },
      { messages: [row(38)], more: false },
    );
    local.put(chat());
    await loadEarlier(local, requests, "bob", 7);
    await loadEarlier(local, requests, "bob", 500);
    await loadEarlier(local, requests, "bob");
    const page = { t: "history", peer: "bob" };
    expect(questions).toEqual([
      { ...page, before: 40, atLeast: 40, limit: 7 },
      { ...page, before: 39, atLeast: 39, limit: 100 },
    ]);
    expect(seqs(local.chats.get("bob")?.messages ?? [])).toEqual([38, 39, 40, 50]);
  });

  test("are not asked for where there are none, or nothing is loaded that they could be before", async () => {
    const { local, requests, questions } = device();
    await loadEarlier(local, requests, "bob");
    local.put(chat(false));
    await loadEarlier(local, requests, "bob");
    local.put({ ...chat(), messages: [] });
    await loadEarlier(local, requests, "bob");
    expect(questions).toEqual([]);
  });

  test("count once, if they are asked for twice at once, and where the chat is gone meanwhile not at all", async () => {
    const page = { messages: [row(39)], more: true };
    const { local, requests } = device(page, page, page);
    local.put(chat());
    const both = [loadEarlier(local, requests, "bob"), loadEarlier(local, requests, "bob")];
    await Promise.all(both);
    expect(local.chats.get("bob")).toMatchObject({ messages: { length: 3 }, room: 201 });
    const late = loadEarlier(local, requests, "bob");
    local.belongsTo("another");
    await late;
    expect(local.chats.size).toBe(0);
  });

  test("are loaded until all that is unread is counted, and of an unknown chat none are", async () => {
    const { local, requests, questions } = device(
      { messages: [row(30), row(39)], more: true },
      { messages: [row(10), row(20)], more: true },
    );
    local.put({ ...chat(), mine: { delivered: 50, read: 10 }, unread: 9 });
    await loadUnread(local, requests, "bob");
    expect(local.chats.get("bob")?.unread).toBe(5);
    await loadUnread(local, requests, "bob");
    await loadUnread(local, requests, "eve");
    expect(questions).toHaveLength(2);
  });
});

test("[G12] groups of the list are no chats with a person, and are looked up by their ids", async () => {
  const page = { chats: [listed(G)], more: false };
  const { requests, questions } = device(page, page);
  expect(await loadChats(requests, 85, new Set([G]))).toMatchObject({
    chats: [],
    groups: [{ peer: G }],
    sends: [],
    seq: 90,
  });
  expect([...(await loadGroupRows(requests, 85)).keys()]).toEqual([G]);
  expect(questions).toHaveLength(2);
});

test("an opened chat has its newest messages, and any other its last one", async () => {
  const more = {
    unread: 0,
    received: 50,
    delivered: 0,
    read: 0,
    readHere: 0,
    peerDelivered: 0,
    peerRead: 0,
  };
  const chats = ["bob", "eve"].map((peer) => ({ peer, at: 1, last: row(50), ...more }));
  const { requests, questions } = device(
    { chats, more: false },
    { messages: [row(40), row(50)], more: true },
  );
  const loaded = await loadChats(requests, 85, new Set(["bob"]));
  expect(loaded.chats.map(({ messages }) => seqs(messages))).toEqual([[40, 50], [50]]);
  expect(questions[1]).toEqual({ t: "history", peer: "bob", limit: 100, atLeast: 90 });
});
