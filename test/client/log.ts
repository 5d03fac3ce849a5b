import type { Copy } from "../../src/events/copy.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import type { ChatRow, ChatsAnswer } from "../../src/protocol/frames/chats.ts";
import type { HistoryAnswer, MessageRow } from "../../src/protocol/frames/history.ts";
import { advance, NOTHING_YET } from "../../src/rules/watermarks.ts";

export interface Entry {
  owner: string;
  seq: number;
  event: Fact | Copy;
}

type Used = Map<string, number[]>;

/** Numbers of an instance that are told apart; what lies lower counts as taken. */
const WINDOW = 32;

function isTaken(used: Used, cid: string): boolean {
  const [instance = "", n] = cid.split(".");
  const taken = used.get(instance) ?? [];
  return taken.includes(Number(n)) || Number(n) <= Math.max(...taken) - WINDOW;
}

const isStored = (used: Used, cid: string): boolean =>
  used.get(cid.split(".")[0] ?? "")?.includes(Number(cid.split(".")[1])) ?? false;

function take(used: Used, cid: string): void {
  const [instance = "", n] = cid.split(".");
  used.set(instance, [...(used.get(instance) ?? []), Number(n)]);
}

/** All mailboxes in one list, and the views as folds of it: slow, plain and independent. */
export class ModelLog {
  epoch = "life";
  #entries: Entry[] = [];
  #seq = 0;

  get seq(): number {
    return this.#seq;
  }

  mailbox(owner: string): Entry[] {
    return this.#entries.filter((entry) => entry.owner === owner);
  }

  append(owner: string, event: Fact | Copy): Entry {
    const entry = { owner, seq: ++this.#seq, event };
    this.#entries.push(entry);
    return entry;
  }

  /** Another life of the log, which lacks its newest entries. */
  rollBack(entries: number): void {
    this.#entries = this.#entries.slice(0, Math.max(0, this.#entries.length - entries));
    this.#seq = this.#entries.at(-1)?.seq ?? 0;
    this.epoch += "+";
  }

  rows(owner: string): MessageRow[] {
    const used = new Map<string, number[]>();
    const heard = new Map<string, number>();
    return this.mailbox(owner).flatMap(({ seq, event }) => {
      if (event.type !== "MessageSent") return [];
      const { author, to, cid, body } = event;
      if ("position" in event) {
        if (event.position <= (heard.get(author) ?? 0)) return [];
        heard.set(author, event.position);
        return [
          { seq, id: `${author}:${event.position}`, author, to, cid, body, sentAt: event.sentAt },
        ];
      }
      if (isTaken(used, cid) || (event.replaces && isStored(used, event.replaces))) return [];
      for (const each of [cid, ...(event.replaces ? [event.replaces] : [])]) take(used, each);
      return [{ seq, id: `${author}:${seq}`, author, to, cid, body, sentAt: seq }];
    });
  }

  /** Is it a send that has been stored before? */
  repeats(owner: string, cid: string): boolean {
    const used = new Map<string, number[]>();
    for (const row of this.rows(owner)) if (row.author === owner) take(used, row.cid);
    return isTaken(used, cid);
  }

  conversation(owner: string, peer: string): MessageRow[] {
    return this.rows(owner).filter(({ author, to }) => author === peer || to === peer);
  }

  chat(owner: string, peer: string): ChatRow | undefined {
    const rows = this.conversation(owner, peer);
    const last = rows.at(-1);
    if (last === undefined) return undefined;
    let mine = NOTHING_YET;
    let theirs = NOTHING_YET;
    let received = 0;
    for (const { event } of this.mailbox(owner)) {
      if ("position" in event && event.author === peer)
        received = Math.max(received, event.position);
      if (event.type !== "MessageDelivered" && event.type !== "MessageRead") continue;
      const { upTo: delivered } = event;
      const claim = {
        delivered,
        read: event.type === "MessageRead" ? delivered : (event.read ?? 0),
      };
      if (event.author === owner && event.peer === peer) mine = advance(mine, claim, received);
      if (event.author === peer) theirs = advance(theirs, claim, Infinity);
    }
    const position = ({ id }: MessageRow): number => Number(id.split(":")[1]);
    const unread = rows.filter((row) => row.author === peer && position(row) > mine.read).length;
    return { peer, last, unread, ...mine, peerDelivered: theirs.delivered, peerRead: theirs.read };
  }

  chats(owner: string, { before = Infinity, limit = 50 }: Asked<"chats">): ChatsAnswer {
    const peers = this.rows(owner).map(({ author, to }) => (author === owner ? to : author));
    const all = [...new Set(peers)]
      .flatMap((peer) => this.chat(owner, peer) ?? [])
      .filter(({ last }) => last.seq < before)
      .toSorted((a, b) => b.last.seq - a.last.seq);
    return { chats: all.slice(0, limit), more: all.length > limit };
  }

  history(owner: string, { peer, before = Infinity, limit = 50 }: Asked<"history">): HistoryAnswer {
    const all = this.conversation(owner, peer).filter(({ seq }) => seq < before);
    return { messages: all.slice(-limit), more: all.length > limit };
  }
}

type Asked<T extends "chats" | "history"> = Extract<ClientFrame, { t: T }>;
