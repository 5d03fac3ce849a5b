import { describe, expect, test } from "vitest";
import {
  brought,
  chatOf,
  foldLocal,
  isCounted,
  mailOf,
  MESSAGES_KEPT,
  newChat,
  positionOfTheirs,
  prepend,
  seenUpTo,
  sentBy,
  shown,
  trimmed,
} from "../../src/client/mailbox/chat.ts";
import { SEQS } from "../../src/events/position.ts";
import { blankGroup } from "../../src/client/groups/groupchat.ts";
import type { EventFrame } from "../../src/protocol/frames/mailbox.ts";
import type { LocalChat } from "../../src/client/mailbox/localchat.ts";
import type { MessageRow } from "../../src/protocol/frames/history.ts";

const event = (seq: number, said: EventFrame["event"]): EventFrame => ({
  t: "event",
  mailbox: "alice",
  seq,
  prev: seq - 1,
  at: seq * 10,
  event: said,
});
const sent = (seq: number): EventFrame =>
  event(seq, {
    type: "MessageSent",
    author: "alice",
    to: "bob",
    device: "d",
    cid: `a.${seq}`,
    body: "",
  });
const told = (seq: number, position: number): EventFrame =>
  event(seq, {
    type: "MessageSent",
    author: "bob",
    to: "alice",
    cid: `b.${position}`,
    body: "",
    cause: position,
    position,
    sentAt: 5,
  });
const mine = (seq: number, read: number): EventFrame =>
  event(seq, { type: "MessageRead", author: "alice", peer: "bob", device: "d", upTo: read });
const theirs = (seq: number, delivered: number, read: number): EventFrame =>
  event(seq, {
    type: "MessageDelivered",
    author: "bob",
    peer: "alice",
    upTo: delivered,
    read,
    cause: 1_000 + seq,
  });
const after = (chat: LocalChat, ...frames: EventFrame[]): LocalChat =>
  frames.reduce((now, frame) => foldLocal(now, [], mailOf(frame)!)?.chat ?? now, chat);
const row = (seq: number, author = "bob"): MessageRow => ({
  seq,
  id: `${author}:${seq * 100}`,
  author,
  to: author === "bob" ? "alice" : "bob",
  cid: `x.${seq}`,
  body: "",
  sentAt: 1,
});
const answer = {
  peer: "bob",
  at: 5,
  unread: 9,
  received: 5000,
  delivered: 0,
  read: 0,
  readHere: 0,
  peerDelivered: 0,
  peerRead: 0,
};

describe("a chat", () => {
  test("keeps messages in mailbox order, each with its id and the time it was sent", () => {
    const chat = after(newChat("bob"), sent(3), told(5, 41));
    expect(chat.messages).toMatchObject([
      { seq: 3, id: "alice:3", sentAt: 30 },
      { seq: 5, id: "bob:41", sentAt: 5 },
    ]);
  });
  test("is unchanged by an event that it contains already", () => {
    const chat = after(newChat("bob"), sent(3), told(5, 41), mine(6, 41));
    expect(after(chat, sent(3), told(5, 41), mine(6, 41))).toBe(chat);
  });
  test("takes a copy with a position that is not higher for a repeat", () => {
    const once = after(newChat("bob"), told(5, 41));
    expect(after(once, told(6, 41), told(7, 40))).toBe(once);
  });
  test("keeps the newest messages only, and knows that there are earlier ones", () => {
    const frames = Array.from({ length: MESSAGES_KEPT + 5 }, (_, i) => sent(i + 1));
    const chat = after(newChat("bob"), ...frames);
    expect(chat.messages).toHaveLength(MESSAGES_KEPT);
    expect(chat).toMatchObject({ more: true, messages: { 0: { seq: 6 } } });
  });
  test("keeps besides what its reader has loaded, but not in the storage", () => {
    const frames = Array.from({ length: MESSAGES_KEPT }, (_, i) => sent(i + 10));
    const full = after({ ...newChat("bob"), more: true }, ...frames);
    const loaded = prepend(full, { messages: [row(1), row(2)], more: false });
    expect(after(loaded, sent(900)).messages).toHaveLength(MESSAGES_KEPT + 2);
    expect(trimmed(loaded)).toMatchObject({ more: true, room: MESSAGES_KEPT });
    const all = { ...loaded, messages: full.messages };
    expect(trimmed(all)).toEqual({ ...all, room: MESSAGES_KEPT, more: false });
  });
});

describe("an entry of the mailbox", () => {
  test("[S6] under a number that was used brings no message, and the list of repeats knows it", () => {
    const once = foldLocal(newChat("bob"), [], mailOf(sent(3))!);
    const retry = { ...sent(4).event, replaces: "a.3" } as unknown as EventFrame["event"];
    const twice = foldLocal(once!.chat, once!.sends, mailOf(event(4, retry))!);
    expect(once).toMatchObject({ what: "message", sends: [["a", 3, 0]] });
    expect(twice).toMatchObject({ what: "heard", sends: [["a", 4, 1]] });
    expect(twice?.chat.messages).toHaveLength(1);
  });
  test("that the views' answer had moves the list of repeats alone, up to the answer's own seq", () => {
    const chat = { ...newChat("bob"), seq: 3 };
    const folded = foldLocal(chat, [], mailOf(sent(3))!);
    expect(folded).toMatchObject({ what: "message", sends: [["a", 3, 0]] });
    expect(folded?.chat).toBe(chat);
  });
  test("has what was written, and what it takes the place of", () => {
    const { event: said, ...place } = sent(3);
    const chat = after(newChat("bob"), {
      ...place,
      event: { ...said, body: "b", replaces: "a.1" } as EventFrame["event"],
    });
    expect(chat.messages).toMatchObject([{ to: "bob", body: "b", cid: "a.3", replaces: "a.1" }]);
    expect(after(newChat("bob"), sent(3)).messages[0]).not.toHaveProperty("replaces");
  });
  test("is one's own message, or nothing to strike out", () => {
    expect(sentBy(mailOf(sent(3))!)).toEqual(sent(3).event);
    expect([told(5, 41), mine(6, 41)].map((frame) => sentBy(mailOf(frame)!))).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("ticks", () => {
  const status = (chat: LocalChat): string[] => chat.messages.map((row) => shown(chat, row).status);

  test("[T1] rise with what the peer has received and read, and never fall", () => {
    const chat = after(newChat("bob"), sent(1), sent(2), sent(3), theirs(4, 2, 1));
    expect(status(chat)).toEqual(["read", "delivered", "sent"]);
    expect(status(after(chat, theirs(5, 1, 0)))).toEqual(["read", "delivered", "sent"]);
  });
  test("are of own messages alone", () => {
    const chat = after(newChat("bob"), sent(9), told(10, 5), theirs(11, 9, 9));
    expect(status(chat)).toEqual(["read", "sent"]);
  });
  test("bring no message, and a message is brought once", () => {
    const before = after(newChat("bob"), sent(1), sent(2), told(3, 7));
    expect(brought(before, after(before, theirs(4, 2, 1)))).toBeUndefined();
    expect(brought(before, after(before, told(5, 8)))).toMatchObject({ seq: 5, id: "bob:8" });
    const paged = after({ ...before, messages: [...before.messages, row(5)] }, told(5, 8));
    expect(brought({ ...before, messages: [...before.messages, row(5)] }, paged)).toBeUndefined();
  });
});

describe("unread", () => {
  test("[V2] counts what lies beyond the watermark, wherever it was read", () => {
    const chat = after(newChat("bob"), told(1, 10), told(2, 20), told(3, 30));
    expect(chat.unread).toBe(3);
    expect(after(chat, mine(4, 20)).unread).toBe(1);
    expect(seenUpTo(chat, 30).unread).toBe(0);
  });
  test("[T2] is not fooled by a claim to have read what was never received", () => {
    const chat = after(newChat("bob"), told(1, 10), mine(2, 999), told(3, 30));
    expect(chat.unread).toBe(1);
  });
  test("comes from the view when not all is loaded, and counts on", () => {
    const chat = after(chatOf({ ...answer, last: row(50) }, 60), told(70, 7000));
    expect(chat.unread).toBe(10);
  });
  test("is known to be uncertain when read up to a message that is not loaded, until it is", () => {
    const chat = after(chatOf({ ...answer, last: row(50) }, 60), mine(70, 3000));
    expect(isCounted(chat)).toBe(false);
    const loaded = prepend(chat, { messages: [row(29), row(30), row(31), row(32)], more: true });
    expect(isCounted(loaded)).toBe(true);
    // Beyond 3000: 3100, 3200 and 5000.
    expect(loaded.unread).toBe(3);
  });
  test("is certain with the message itself that was read, and one's own tells nothing of it", () => {
    const own = { ...row(20), author: "alice", to: "bob", id: "alice:20" };
    const chat = { ...chatOf({ ...answer, last: own }, 60), mine: { delivered: 0, read: 3000 } };
    expect(isCounted(chat)).toBe(false);
    expect(isCounted({ ...chat, messages: [row(31)] })).toBe(false);
    expect(isCounted({ ...chat, messages: [row(30), row(31)] })).toBe(true);
    expect(isCounted({ ...chat, group: blankGroup("g-1", "alice").group })).toBe(true);
  });
  test("counts the very first position, and takes no other for one of theirs", () => {
    expect(after(newChat("bob"), told(1, 1)).unread).toBe(1);
    expect(positionOfTheirs("bob", "bob:1")).toBe(1);
    for (const wrong of ["alice:1", "bob:0", "bob:-1", "bob:1.5", "bob:x", "bob:"])
      expect(() => positionOfTheirs("bob", wrong), wrong).toThrow("id.invalid");
  });
  test("knows what was received also under an own last message that hides it", () => {
    const own = { ...row(50), author: "alice", to: "bob", id: "alice:50" };
    const chat = chatOf({ ...answer, last: own, unread: 1, received: 3000 }, 60);
    expect(chat).toMatchObject({ received: 3000, heard: 3000, unread: 1 });
    expect(after(chat, told(70, 3000))).toBe(chat);
    expect(seenUpTo(chat, 3000).unread).toBe(0);
  });
});

describe("a chat from the views", () => {
  test("counts an event behind the answer once, though its page of history has it", () => {
    const page = { messages: [row(50), row(70)], more: true };
    const chat = chatOf({ ...answer, last: row(50), unread: 1 }, 60, page);
    const next = after(chat, told(55, 5500), told(65, 6500));
    expect(next.messages.map(({ seq }) => seq)).toEqual([50, 65, 70]);
    expect(after(next, told(70, 7000))).toMatchObject({ messages: next.messages, unread: 3 });
  });
  test("has the messages of its page, and nothing of one's own is held back", () => {
    const page = { messages: [row(40), row(50)], more: true };
    const chat = chatOf({ ...answer, last: row(50) }, 60, page);
    expect(chat).toMatchObject({ seq: 60, sent: 60, messages: [{ seq: 40 }, { seq: 50 }] });
    const last = { ...row(50), generation: 2 };
    expect(chatOf({ ...answer, last }, 60).sent).toBe(2 * SEQS + 60);
    const empty = { messages: [], more: false };
    expect(chatOf({ ...answer, last: row(50) }, 60, empty).messages).toEqual([row(50)]);
  });
  test("takes of an earlier page what lies before its oldest message", () => {
    const chat = chatOf({ ...answer, last: row(50) }, 60);
    const page = { messages: [row(49), row(50), row(51)], more: false };
    const seqs = (loaded: LocalChat): number[] => loaded.messages.map(({ seq }) => seq);
    expect(seqs(prepend(chat, page))).toEqual([49, 50]);
    expect(seqs(prepend(newChat("bob"), page))).toEqual([49, 50, 51]);
  });
  test("has earlier messages on the server until its page says otherwise", () => {
    expect(chatOf({ ...answer, last: row(50) }, 60).more).toBe(true);
    expect(
      chatOf({ ...answer, last: row(50) }, 60, { messages: [row(50)], more: false }).more,
    ).toBe(false);
  });
});
