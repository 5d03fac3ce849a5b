import { accept, isUsed } from "../../rules/sends.ts";
import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { Hello } from "../../protocol/frames/hello.ts";
import { seenUpTo, sentBy, type EventFrame, type LocalChat } from "./chat.ts";
import type { Emitter } from "../emitter.ts";
import type { Link } from "../connection/link.ts";
import type { Local } from "./local.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Receipts } from "./receipts.ts";
import type { Requests } from "../connection/requests.ts";
import type { Signals } from "../connection/signals.ts";
import { loadChats } from "./views.ts";

/** Chats whose newest messages are loaded at once after a resync: those a user may have before them. */
const OPENED_MAX = 20;

interface Ports {
  local: Local;
  link: Link;
  outbox: Outbox;
  requests: Requests;
  receipts: Receipts;
  signals: Signals;
  emit: Emitter["emit"];
  /** `echo`: the cid of an own message that was shown before. */
  folded(before: LocalChat, after: LocalChat, echo?: string): void;
  /** The storage did not do what it should. */
  failed(error: unknown): void;
}

type Frame<T extends ServerFrame["t"]> = Extract<ServerFrame, { t: T }>;

/** Follows the mailbox: the cursor moves with what has arrived, and never otherwise. */
export class Sync {
  readonly #ports: Ports;
  #epoch = "";
  /** The newest seq that the server has told of. */
  #head = 0;
  /** Events that arrive while the views are asked. */
  #held: EventFrame[] | undefined;
  #loading: Promise<void> | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async hello(): Promise<Pick<Hello, "deviceId" | "since">> {
    await (this.#loading ??= this.#load());
    const { deviceId, user, cursor } = this.#ports.local.meta;
    return { deviceId, ...(user && cursor && { since: [{ mailbox: user, ...cursor }] }) };
  }

  take(frame: ServerFrame): void {
    const { requests, signals, emit } = this.#ports;
    switch (frame.t) {
      case "welcome":
        return this.#welcome(frame);
      case "event":
        return this.#event(frame);
      case "caughtUp":
        return this.#caughtUp(frame);
      case "resync":
        return void this.#resync(frame);
      case "sent":
        return this.#sent(frame);
      case "pong":
        return this.#pong(frame);
      case "reply":
        return requests.answered(frame);
      case "presence": {
        const { t: _, ...presence } = frame;
        return emit("presence", presence);
      }
      case "typing":
        return signals.typed(frame.peer);
      case "error":
        return this.#refused(frame);
    }
  }

  /** The socket is gone. */
  stop(): void {
    const { outbox, requests, receipts, signals } = this.#ports;
    this.#held = undefined;
    this.#head = 0;
    for (const part of [outbox, requests, receipts, signals]) part.stop();
  }

  async #load(): Promise<void> {
    try {
      await this.#ports.local.load();
      await this.#adopt();
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
    this.#ports.emit("resync", {});
  }

  /** Looks after the messages of clients that are gone, this one's life before a reload included. */
  async #adopt(): Promise<void> {
    const { local, outbox } = this.#ports;
    for (const entry of await local.orphans()) {
      const { user, sends } = local.meta;
      const stored = !entry.error && isUsed(sends, entry.cid);
      const foreign = user !== undefined && entry.author && entry.author !== user;
      if (stored || foreign) local.post(entry, true);
      else outbox.add(entry);
    }
  }

  #synced(): void {
    const { link, outbox, receipts, signals } = this.#ports;
    link.synced();
    if (link.state !== "online") return;
    for (const part of [outbox, receipts, signals]) part.start();
    this.#adopt().catch((error: unknown) => this.#ports.failed(error));
  }

  #refused(frame: Frame<"error">): void {
    const { local, link, outbox, requests, receipts, emit } = this.#ports;
    const { code, message, retryable, cid, field, retryAfterMs } = frame;
    if (requests.refused(frame)) return;
    if (field?.startsWith("since.")) {
      // The token is of somebody else than the cursor: nothing of that user is kept.
      local.belongsTo(undefined);
      emit("resync", {});
      link.restart("another user");
      return;
    }
    if (cid !== undefined) outbox.refused(cid, code, retryable, retryAfterMs);
    else if (retryable) receipts.repeat(retryAfterMs);
    if (!retryable) emit("error", { code, message, field });
  }

  #welcome({ user, epoch }: Frame<"welcome">): void {
    const { local, outbox } = this.#ports;
    this.#epoch = epoch;
    local.belongsTo(user);
    outbox.belongsTo(user);
  }

  #event(frame: EventFrame): void {
    const { local, outbox, link } = this.#ports;
    if (this.#held !== undefined) {
      this.#held.push(frame);
      return;
    }
    if (frame.mailbox !== local.meta.user || frame.seq <= local.seq) return;
    if (frame.prev > local.seq) {
      link.restart("gap");
      return;
    }
    const change = local.apply(frame, this.#epoch);
    link.compare(this.#head, local.seq);
    const cid = sentBy(frame);
    const echo = cid !== undefined && outbox.seen(cid) ? cid : undefined;
    if (change) this.#ports.folded(change.before, change.after, echo);
  }

  #sent(frame: Frame<"sent">): void {
    const { local, outbox } = this.#ports;
    outbox.sent(frame);
    // A repeat whose first has come long ago: no event will follow.
    if (frame.seq <= local.seq) outbox.seen(frame.cid);
  }

  #caughtUp({ seq }: Frame<"caughtUp">): void {
    const { local } = this.#ports;
    local.move(Math.max(seq, local.seq), this.#epoch);
    this.#synced();
  }

  async #resync({ seq, epoch, reason }: Frame<"resync">): Promise<void> {
    const { local, outbox, link, requests } = this.#ports;
    const held: EventFrame[] = (this.#held = []);
    this.#epoch = epoch;
    let chats: LocalChat[];
    try {
      chats = await loadChats(requests, seq, this.#opened());
    } catch (error) {
      if (this.#held === held) link.restart(String(error));
      return;
    }
    if (this.#held !== held) return;
    this.#held = undefined;
    const own = chats
      .flatMap(({ peer, messages }) => messages.filter(({ author }) => author !== peer))
      .toSorted((a, b) => a.seq - b.seq);
    // What this device knew of another life of the log is void.
    const known = reason === "too-long" ? local : undefined;
    const sends = own.filter((row) => row.seq <= seq).reduce(accept, known?.meta.sends ?? []);
    const seen = (peer: string): number => known?.chats.get(peer)?.seen ?? 0;
    local.replace(
      chats.map((chat) => seenUpTo(chat, seen(chat.peer))),
      seq,
      epoch,
      sends,
    );
    for (const { cid } of own) outbox.seen(cid);
    this.#ports.emit("resync", {});
    for (const frame of held) this.#event(frame);
    this.#synced();
  }

  #pong({ head }: Frame<"pong">): void {
    this.#head = head;
    this.#ports.link.compare(this.#held ? 0 : head, this.#ports.local.seq);
  }

  #opened(): Set<string> {
    const { local, outbox } = this.#ports;
    const newest = [...local.chats.values()]
      .filter(({ messages }) => messages.length > 1)
      .toSorted((a, b) => (b.messages.at(-1)?.seq ?? 0) - (a.messages.at(-1)?.seq ?? 0))
      .slice(0, OPENED_MAX);
    return new Set([...newest.map(({ peer }) => peer), ...outbox.entries.map(({ to }) => to)]);
  }
}
