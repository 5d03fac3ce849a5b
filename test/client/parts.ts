import { Requests } from "../../src/client/connection/requests.ts";
import { loadChats } from "../../src/client/mailbox/loading.ts";
import { seenUpTo, shown } from "../../src/client/mailbox/chat.ts";
import { Local } from "../../src/client/mailbox/local.ts";
import type { ChatMessage } from "../../src/client/message.ts";
import { Entries } from "../../src/client/outbox/entries.ts";
import { unsent } from "../../src/client/outbox/entry.ts";
import { Pen } from "../../src/client/outbox/pen.ts";
import { Announcer } from "../../src/client/state/announcer.ts";
import { State } from "../../src/client/state/state.ts";
import { memoryStorage } from "../../src/client/storage/storage.ts";
import type { Question } from "../../src/protocol/frames/reply.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { Copy } from "../../src/events/copy.ts";
import { ModelLog, placeOf } from "./log.ts";

export const PEERS = ["bob", "carol", "dave"] as const;
export type Peer = (typeof PEERS)[number];

/** The real parts that a client's state is made of, and the log that they follow. */
export class Device {
  readonly log = new ModelLog();
  readonly announcer = new Announcer();
  readonly #pen = new Pen();
  readonly entries: Entries = new Entries(
    (entry) => this.state.changed(entry.to),
    () => undefined,
  );
  readonly local: Local = new Local({
    storage: memoryStorage(),
    deviceId: "d",
    now: Date.now,
    changed: (peer) => this.state.changed(peer),
    saved: () => undefined,
    otherLogin: () => undefined,
    ended: () => undefined,
    entries: () => this.entries.all,
    failed: () => undefined,
  });
  readonly #requests: Requests = new Requests({
    limits: () => undefined,
    elapsed: () => 0,
    send: (question) => this.#answer(question),
  });
  readonly state: State = new State({
    local: this.local,
    entries: this.entries,
    requests: this.#requests,
    announcer: this.announcer,
  });

  /** The event lies in the log, and, unless it is `missed`, comes to this device. */
  happens(event: Fact | Copy, missed = false): void {
    const entry = this.log.append("alice", event);
    const { seq, at } = entry;
    if (missed) return;
    this.local.apply({ t: "event", mailbox: "alice", seq, prev: 0, at, event }, "e");
    if (event.type === "MessageSent" && !("cause" in event)) this.entries.drop(event.cid);
  }
  sends(to: Peer): void {
    const cid = this.entries.all.find((entry) => entry.to === to)?.cid ?? `x.${this.log.seq + 1}`;
    this.happens({ type: "MessageSent", author: "alice", to, device: "d", cid, body: "own" });
  }
  hears(author: Peer, missed = false): void {
    const place = this.log.seq + 1;
    const copy = { cause: place, position: place, sentAt: place };
    const cid = `y.${place}`;
    this.happens({ type: "MessageSent", author, to: "alice", cid, body: "", ...copy }, missed);
  }
  writes(to: Peer): void {
    const written = { to, body: "own", at: 7, author: "alice", login: "l" };
    const news = { state: "waiting", unsure: false, taken: false, adopted: false } as const;
    const held = { ...news, repeated: false, since: { elapsed: 0, wall: 0 } };
    this.entries.add(this.#pen.write(written, this.entries.all), held);
  }
  isRead(author: Peer): void {
    const upTo = placeOf(this.log.all.at(-1) ?? { generation: 0, seq: 0, ...NOTHING });
    this.happens({ type: "MessageRead", author, peer: "alice", upTo, cause: this.log.seq + 1 });
  }
  reads(peer: Peer): void {
    const chat = this.local.chats.get(peer);
    if (chat) this.local.put(seenUpTo(chat, chat.received));
  }
  fails(to: Peer): void {
    const entry = this.entries.all.find((each) => each.to === to);
    if (entry) this.entries.put({ ...entry, error: "forbidden" });
  }
  async resyncs(opened: readonly Peer[]): Promise<void> {
    const loaded = await loadChats(this.#requests, this.log.seq, new Set(opened));
    this.local.replace(loaded, this.log.seq, "e");
  }

  #answer(question: Question): boolean {
    const { ref, t } = question;
    const reply = { t: "reply", ref: ref!, seq: this.log.seq } as const;
    queueMicrotask(() => {
      if (t === "history")
        this.#requests.answered({
          ...reply,
          view: t,
          result: this.log.history("alice", question),
        });
      if (t === "chats")
        this.#requests.answered({ ...reply, view: t, result: this.log.chats("alice", question) });
    });
    return true;
  }

  /** All that this device has of a chat, made anew. */
  all(peer: string): ChatMessage[] {
    const chat = this.local.chats.get(peer);
    const place = ({ seq = Infinity }: ChatMessage): number => seq;
    const waiting = this.entries.all.filter(({ to }) => to === peer).map(unsent);
    const stored = chat?.messages.map((row) => shown(chat, row)) ?? [];
    return [...stored, ...waiting].toSorted((a, b) => place(a) - place(b) || 0);
  }
}
const NOTHING = { owner: "", at: 0, event: { type: "SessionClosed" } as never };
