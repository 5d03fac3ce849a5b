import type { Copy } from "../../src/events/copy.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { SessionEvent } from "../../src/events/session.ts";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import type { Since } from "../../src/protocol/frames/hello.ts";
import { isGroup } from "../../src/events/messageid.ts";
import type { ChatRow, ChatsAnswer, GroupRow } from "../../src/protocol/frames/chats.ts";
import type { HistoryAnswer, MessageRow } from "../../src/protocol/frames/history.ts";
import { advance, NOTHING_YET } from "../../src/rules/watermarks.ts";
import { Used, type Numbered } from "./used.ts";

export interface Entry {
  owner: string;
  seq: number;
  /** Of the log at `seq`, as the marks have it. */
  generation: number;
  /** When it was stored; no two entries have the same. */
  at: number;
  event: Fact | SessionEvent | Copy;
}

/** Names an entry for ever. */
export const placeOf = ({ generation, seq }: Entry): number => generation * 2 ** 44 + seq;

type Sent = Extract<Fact, { type: "MessageSent" }>;
/** All mailboxes in one list, and the views as folds of it: slow, plain and independent. */
export class ModelLog {
  epoch = "life";
  #entries: Entry[] = [];
  #seq = 0;
  #generation = 0;
  #clock = 0;
  /** The first seq of the newest generation. */
  #from = 1;
  /** The log as the views have it while nobody has noticed that it came back shorter, and where it differs. */
  #unnoticed: { entries: readonly Entry[]; from: number } | undefined;

  get seq(): number {
    return this.#seq;
  }
  get isShorter(): boolean {
    return this.#unnoticed !== undefined;
  }

  /** As a copy says it that is put in now. */
  get into(): { in?: number } {
    return this.#generation === 0 ? {} : { in: this.#generation };
  }

  get all(): readonly Entry[] {
    return [...this.#entries];
  }
  mailbox(owner: string): Entry[] {
    return this.#entries.filter((entry) => entry.owner === owner);
  }

  append(owner: string, event: Entry["event"]): Entry {
    const [generation, at] = [this.#generation, ++this.#clock];
    const entry = { owner, seq: ++this.#seq, generation, at, event };
    this.#entries.push(entry);
    return entry;
  }

  /** Lacks its newest entries from now on. Nobody notices before the next generation. */
  lose(entries: number): void {
    const { entries: seen, from } = this.#unnoticed ?? { entries: this.#entries, from: Infinity };
    this.#cut(entries);
    this.#unnoticed = { entries: seen, from: Math.min(from, this.#seq + 1) };
  }
  /** Another generation of the log, which lacks the newest entries of the one before. */
  rollBack(entries: number): void {
    this.#cut(entries);
    this.#generation++;
    this.#from = Math.min(this.#seq + 1, this.#unnoticed?.from ?? Infinity);
    this.#unnoticed = undefined;
    for (const entry of this.#entries)
      if (entry.seq >= this.#from) entry.generation = this.#generation;
  }

  #cut(entries: number): void {
    this.#entries = this.#entries.slice(0, Math.max(0, this.#entries.length - entries));
    this.#seq = this.#entries.at(-1)?.seq ?? 0;
  }

  /** Is a cursor void, that stands on this event or on nothing? */
  isVoid({ seq, on = { seq, at: 0 } }: Pick<Since, "seq" | "on">): boolean {
    const entry = this.#entries.find((each) => each.seq === on.seq);
    const latest = on.seq >= this.#from ? this.#generation : undefined;
    if ((on.generation ?? 0) !== (latest ?? entry?.generation ?? 0)) return true;
    return on.at !== 0 && entry !== undefined && entry.at !== on.at;
  }

  rows(owner: string): MessageRow[] {
    return this.#shown(this.#seen(owner)).rows;
  }

  /** The first entry of a send, as the broker knows it by its id. */
  sent(owner: string, cid: string): { seq: number; event: Sent } | undefined {
    for (const { seq, event } of this.mailbox(owner))
      if (event.type === "MessageSent" && !("cause" in event) && event.cid === cid)
        return { seq, event };
    return undefined;
  }

  /** Is it a send that has been stored before? */
  repeats(owner: string, send: Numbered): boolean {
    return this.#shown(this.mailbox(owner)).used.repeats(send);
  }

  /** A mailbox as the views have it. */
  #seen(owner: string): readonly Entry[] {
    return (this.#unnoticed?.entries ?? this.#entries).filter((entry) => entry.owner === owner);
  }

  #shown(mailbox: readonly Entry[]): { rows: MessageRow[]; used: Used } {
    const used = new Used();
    const heard = new Map<string, number>();
    const rows: MessageRow[] = [];
    for (const entry of mailbox) {
      const { seq, event, at: sentAt } = entry;
      const of = entry.generation === 0 ? {} : { generation: entry.generation };
      if (
        event.type === "GroupAsked" &&
        event.cid !== undefined &&
        !used.repeats({ cid: event.cid })
      )
        used.take({ cid: event.cid });
      if (event.type !== "MessageSent") continue;
      const { author, to, cid, body, data } = event;
      const text = { author, to, cid, body, ...(data !== undefined && { data }) };
      if ("position" in event) {
        if (event.position <= (heard.get(author) ?? 0)) continue;
        heard.set(author, event.position);
        const id = `${author}:${event.position}`;
        rows.push({ seq, ...of, id, ...text, sentAt: event.sentAt });
        continue;
      }
      if (used.repeats(event)) {
        used.passOver(event);
        continue;
      }
      used.take(event);
      // The group shows it, where it has accepted it.
      if (isGroup(to)) continue;
      const id = `${author}:${placeOf(entry)}`;
      const { replaces, key } = event;
      rows.push({
        seq,
        ...of,
        id,
        ...text,
        sentAt,
        ...(replaces !== undefined && { replaces }),
        ...(key !== undefined && { key }),
      });
    }
    return { rows, used };
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
    for (const { event } of this.#seen(owner)) {
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
    const seen = { peerDelivered: theirs.delivered, peerRead: theirs.read };
    // No two entries of a log here are of one time.
    return { peer, at: last.seq, last, unread, received, ...mine, readHere: 0, ...seen };
  }

  chats(owner: string, asked: Asked<"chats">, groups: readonly GroupRow[] = []): ChatsAnswer {
    const { before, limit = 50, repeats = false } = asked;
    const peers = this.rows(owner).map(({ author, to }) => (author === owner ? to : author));
    const all = [...new Set(peers)]
      .flatMap((peer): (ChatRow | GroupRow)[] => [this.chat(owner, peer) ?? []].flat())
      .concat(groups)
      .filter(({ at }) => at < (before?.at ?? Infinity))
      .toSorted((a, b) => b.at - a.at);
    const told = repeats ? { repeats: this.#shown(this.#seen(owner)).used.told } : {};
    return { chats: all.slice(0, limit), more: all.length > limit, ...told };
  }

  history(owner: string, asked: Asked<"history">): HistoryAnswer {
    const { peer, before = Infinity, after, limit = 50 } = asked;
    const all = this.conversation(owner, peer).filter(
      ({ seq }) => seq < before && seq > (after ?? 0),
    );
    const messages = after === undefined ? all.slice(-limit) : all.slice(0, limit);
    return { messages, more: all.length > limit };
  }
}

type Asked<T extends "chats" | "history"> = Extract<ClientFrame, { t: T }>;
