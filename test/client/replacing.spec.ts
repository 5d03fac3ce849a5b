import { describe, expect, test } from "vitest";
import { newChat } from "../../src/client/mailbox/chat.ts";
import type { LocalChat, Row } from "../../src/client/mailbox/localchat.ts";
import { askAnew, replace } from "../../src/client/mailbox/resync.ts";
import type { Resync } from "../../src/protocol/frames/mailbox.ts";
import { messageRow } from "./pieces.ts";

const row = (seq: number, author: string, peer: string): Row =>
  messageRow(seq, author, author === peer ? "me" : peer);
/** A chat with these messages, all of the peer's. */
const chat = (peer: string, ...seqs: number[]): LocalChat => ({
  ...newChat(peer),
  messages: seqs.map((seq) => row(seq, peer, peer)),
  received: seqs.at(-1) ?? 0,
});
const resync: Resync = { t: "resync", mailbox: "me", epoch: "e", seq: 90, reason: "too-long" };

/** The parts of a device with these chats. */
function parts(...chats: LocalChat[]) {
  const told: unknown[] = [];
  const asked: unknown[] = [];
  const local = {
    chats: new Map(chats.map((each) => [each.peer, each])),
    keys: { clear: () => told.push("keys") },
    replace: ({ chats: all, ...rest }: { chats: LocalChat[] }, seq: number, epoch: string) => {
      told.push(["replace", all.map(({ peer, seen }) => `${peer} ${seen}`), seq, epoch]);
      expect(rest).toEqual({ groups: [], sends: [], seq: 95 });
    },
  };
  const outbox = {
    met: ({ cid }: Row, repeat: boolean) => told.push(["met", cid, repeat]),
    doubt: () => told.push("doubt"),
  };
  const counts = { unread: 0, received: 0, delivered: 0, read: 0, readHere: 0 };
  const requests = {
    ask: async (view: string, question: { peer?: string; atLeast: number }) => {
      asked.push([view, question.peer, question.atLeast]);
      if (view === "history") return { seq: 95, result: { messages: [], more: false } };
      const rows = chats.map(({ peer }) => ({
        peer,
        at: 1,
        last: row(1, peer, peer),
        ...counts,
        peerDelivered: 0,
        peerRead: 0,
      }));
      return { seq: 95, result: { chats: rows, more: false } };
    },
  };
  const entries = { all: [{ to: "written" }] };
  return { it: { local, outbox, requests, entries } as never, told, asked };
}

describe("[M3] a resync asks", () => {
  test("for the messages of the chats that somebody may have open: the newest, and those that are written to", async () => {
    const all = Array.from({ length: 23 }, (_, n) =>
      chat(`p${n}`, ...[1, 2].slice(n % 2), ((n * 7) % 23) + 3),
    );
    const { it, asked } = parts(...all, chat("one", 99), chat("none"), chat("written"));
    const loaded = await askAnew(it, resync);
    expect(loaded.chats).toHaveLength(26);
    const opened = all.filter(({ received }) => received >= 6).map(({ peer }) => peer);
    expect(opened).toHaveLength(20);
    expect(asked).toEqual([
      ["chats", undefined, 90],
      ...[...opened, "written"].map((peer) => ["history", peer, 95]),
    ]);
  });
});

describe("[M3] the views' answer takes the place of what was known", () => {
  const shown = { ...chat("bob", 5), messages: [row(5, "bob", "bob"), row(6, "me", "bob")] };
  const loaded = { chats: [shown, chat("new", 7)], groups: [], sends: [], seq: 95 };
  const known = { ...chat("bob", 1), seen: 4 };

  test("but for what was read here, where only much was missed, and shows what was on its way", () => {
    const { it, told } = parts(known);
    replace(it, loaded, resync);
    expect(told).toEqual([
      ["replace", ["bob 4", "new 0"], 90, "e"],
      ["met", "c.6", false],
      "doubt",
    ]);
  });

  test("all of it, keys too, where the log is another one", () => {
    for (const reason of ["epoch", "rolled-back"] as const) {
      const { it, told } = parts(known);
      replace(it, loaded, { ...resync, reason });
      expect(told.slice(0, 2)).toEqual(["keys", ["replace", ["bob 0", "new 0"], 90, "e"]]);
    }
  });
});
