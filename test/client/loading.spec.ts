import { expect, test } from "vitest";
import { Requests } from "../../src/client/connection/requests.ts";
import { loadChats } from "../../src/client/mailbox/loading.ts";
import type { ChatRow, ChatsAnswer } from "../../src/protocol/frames/chats.ts";
import type { HistoryAnswer } from "../../src/protocol/frames/history.ts";
import type { Question } from "../../src/protocol/frames/reply.ts";
import type { Sends } from "../../src/rules/sends.ts";

const chat = (peer: string, seq: number): ChatRow => ({
  peer,
  at: 1_000 + seq,
  last: { seq, id: `${peer}:1`, author: peer, to: "me", cid: "c.1", body: "", sentAt: 1 },
  unread: 1,
  received: 1,
  delivered: 0,
  read: 0,
  readHere: 0,
  peerDelivered: 0,
  peerRead: 0,
});

/** Views that answer by these pages, one after the other. */
function asked(...pages: ((ChatsAnswer | HistoryAnswer) & { seq: number })[]) {
  const questions: object[] = [];
  const send = ({ ref, ...question }: Question): boolean => {
    questions.push(question);
    const { seq, ...result } = pages[questions.length - 1]!;
    const reply = { t: "reply", ref: ref!, seq } as const;
    queueMicrotask(() =>
      requests.answered(
        "chats" in result
          ? { ...reply, view: "chats", result }
          : { ...reply, view: "history", result },
      ),
    );
    return true;
  };
  const requests = new Requests({ send, limits: () => undefined, elapsed: () => 0 });
  return { requests, questions };
}

test("a chat that moves to the top while the pages are turned is found all the same", async () => {
  const { requests, questions } = asked(
    { seq: 90, chats: [chat("a", 80), chat("e", 75), chat("b", 70)], more: true },
    // c had its turn here, but got a message.
    { seq: 95, chats: [chat("d", 50)], more: false },
    { seq: 95, chats: [chat("c", 92), chat("a", 80)], more: true },
  );
  const { chats } = await loadChats(requests, 85, new Set());
  expect(chats.map(({ peer, seq }) => [peer, seq])).toEqual([
    ["a", 90],
    ["e", 90],
    ["b", 90],
    ["d", 95],
    ["c", 95],
  ]);
  expect(questions).toEqual([
    { t: "chats", limit: 200, atLeast: 85, repeats: true },
    { t: "chats", limit: 200, atLeast: 90, before: { at: 1_070, peer: "b" } },
    { t: "chats", limit: 200, atLeast: 90 },
  ]);
});

test("the list of repeats is of the first page, and nothing that is asked later is older", async () => {
  const sends: Sends = [["phone", 7, 3]];
  const { requests, questions } = asked(
    { seq: 90, chats: [chat("a", 80)], more: false, repeats: [...sends] },
    { seq: 95, messages: [], more: false },
  );
  expect((await loadChats(requests, 85, new Set(["a"]))).sends).toEqual(sends);
  expect(questions[1]).toMatchObject({ t: "history", peer: "a", atLeast: 90 });
});

test("one page of chats is asked once", async () => {
  const { requests, questions } = asked({ seq: 90, chats: [chat("a", 80)], more: false });
  expect((await loadChats(requests, 85, new Set())).chats).toHaveLength(1);
  expect(questions).toHaveLength(1);
});
