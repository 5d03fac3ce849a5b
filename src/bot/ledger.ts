import { ChatError } from "../client/error.ts";
import type { LocalChat } from "../client/mailbox/localchat.ts";
import type { Works } from "../client/machine.ts";
import type { ReadingState } from "../client/mailbox/receipts.ts";
import { isGroup } from "../events/messageid.ts";
import { isGroupRow, type ChatRow, type GroupRow } from "../protocol/frames/chats.ts";
import type { ServerFrame } from "../protocol/frames/frame.ts";
import type { EventFrame } from "../protocol/frames/mailbox.ts";
import { answeredBy } from "./answerkey.ts";
import { Backlog } from "./backlog.ts";
import type { Followed } from "./follow.ts";
import { Patience } from "./patience.ts";
import { ChatTrack } from "./chattrack.ts";
import { GroupTrack } from "./grouptrack.ts";

/** News that are about a chat. */
type ChatNews = Exclude<Followed, { what: "closed" }>;

/** Needs of a ledger besides the parts of a client. */
interface Ports {
  /** Are groups kept, too? */
  readonly groups: boolean;
  /** ms by a clock that nobody sets. */
  elapsed(): number;
}

/** How far a bot has come in each chat: learned from events and, behind a gap of any kind, from the views. */
export class Ledger {
  readonly #parts: Works;
  readonly #groups: boolean;
  readonly #backlog: Backlog;
  readonly #tracks = new Map<string, ChatTrack>();
  /** Groups that are read while an answer is waited for. */
  readonly #looking = new Set<ChatTrack>();
  /** Seq of the last event that has been taken. */
  #seq = 0;
  /** The chats are known: from here on events tell what is new. */
  #loaded = false;

  constructor(parts: Works, { groups, elapsed }: Ports) {
    this.#parts = parts;
    this.#groups = groups;
    const patience = new Patience(() => parts.link.limits, elapsed);
    const me = (): string | undefined => parts.local.meta.user;
    const declined = this.#declined.bind(this);
    this.#backlog = new Backlog({ requests: parts.requests, patience, me, declined });
  }

  get tracks(): Iterable<ChatTrack> {
    return this.#tracks.values();
  }

  /** Is it the next event that has not been taken yet? Then it is taken now. One behind a gap comes again with what is missing. */
  takes({ seq, prev }: Pick<EventFrame, "seq" | "prev">): boolean {
    if (seq <= this.#seq || (this.#seq > 0 && prev > this.#seq)) return false;
    this.#seq = seq;
    return true;
  }

  /** Takes news of the own mailbox. Returns the chat that they are about; undefined: it is not kept. */
  follow(news: ChatNews, seq: number): ChatTrack | undefined {
    const peer = news.what === "message" ? news.message.author : news.peer;
    if (isGroup(peer) && !this.#groups) return undefined;
    const track = this.#track(peer);
    if (news.what === "said") track.said(news);
    else if (news.what === "declined") this.#declined(track, news);
    else if (news.what === "read") track.read(news.position);
    else {
      // The messages before it are not known yet.
      if (!this.#loaded) track.unread = true;
      track.came(news.message, seq);
    }
    return track;
  }

  /** Takes a frame that may be about groups. Returns the chats where there may be something to do; undefined: it is not. */
  heard(frame: ServerFrame): readonly ChatTrack[] | undefined {
    if (frame.t === "follows")
      return (this.#groups ? frame.mailboxes : []).map((followed) => {
        const track = this.#group(followed.mailbox);
        track.begins(followed);
        return this.#looked(track);
      });
    if (!("mailbox" in frame) || !isGroup(frame.mailbox)) return undefined;
    return this.#groups && this.#takes(frame) ? [this.#looked(this.#group(frame.mailbox))] : [];
  }

  /** A group in which something may have passed unseen is read at once where an answer is waited for: its word may be among it. */
  #looked(track: ChatTrack): ChatTrack {
    if (!track.unread || !track.isWaiting || this.#looking.has(track)) return track;
    this.#looking.add(track);
    const done = (): void => void this.#looking.delete(track);
    // Where it cannot be read now, the next connection does, or the next try.
    this.#scan(track).then(done, done);
    return track;
  }

  /** Events up to `seq` do not come. */
  skip(seq: number): void {
    this.#seq = seq;
    this.#loaded = false;
  }

  /** Nothing that was known holds any more. */
  wipe(): void {
    const over = new ChatError("log.changed", { retryable: true });
    for (const track of this.#tracks.values()) track.leave(over);
    this.#tracks.clear();
    this.skip(0);
  }

  /** A chat as receipts are to tell of it. */
  standing(chat: LocalChat): ReadingState {
    const { peer, mine, received, group } = chat;
    // Others see when everybody has read: somebody who answers nobody there has read all that came.
    if (group !== undefined && !this.#groups) return { ...chat, seen: received };
    const { here = 0, done = 0 } = this.#tracks.get(peer) ?? {};
    const standing = { mine: { delivered: mine.delivered, read: here }, seen: done, received };
    return { peer, ...standing, ...(group && { group }) };
  }

  /** An answer was refused for good. */
  refused(peer: string, key: string, error: ChatError): void {
    const track = this.#tracks.get(peer);
    // The bot is out of the group, and answers nobody there any more.
    if (isGroup(peer) && error.code === "not_found") track?.answered(key);
    else track?.refused(key, error);
  }

  /** Does an answer of this name wait to be stored, or for its group's word? */
  isUnderWay(key: string): boolean {
    return this.#parts.entries.all.some((entry) => entry.key === key);
  }

  /** Reads what the track lacks. @throws ChatError */
  async read(track: ChatTrack): Promise<void> {
    await this.#scan(track);
    await this.#backlog.fill(track);
  }

  /** Learns from the views how far each chat has come, if events do not tell. @throws ChatError */
  async load(): Promise<void> {
    if (this.#loaded) return;
    const atLeast = this.#seq;
    for (const row of await this.#backlog.chats(atLeast)) this.#meet(row, atLeast);
    this.#loaded = true;
  }

  /** Forgets answers on their way that are stored, or whose messages another copy of the bot has finished. @throws ChatError */
  async clear(): Promise<void> {
    const { entries } = this.#parts;
    for (const { cid, to, key = "" } of entries.all)
      if (answeredBy(key) !== undefined && (await this.#isStored(to, key, cid))) entries.drop(cid);
    for (const track of this.#tracks.values()) if (track.isWaiting) await this.#scan(track);
  }

  #meet(row: ChatRow | GroupRow, atLeast: number): void {
    if (isGroupRow(row)) return this.#groups ? this.#group(row.peer).meets(row) : undefined;
    const { peer, received, readHere } = row;
    const track = this.#track(peer);
    track.read(readHere);
    track.unread = received > track.here || track.isWaiting || track.newest > atLeast;
  }

  /** A frame of a group's mailbox. Returns whether there may be something to do. */
  #takes(frame: Extract<ServerFrame, { mailbox: string }>): boolean {
    const track = this.#group(frame.mailbox);
    if (frame.t === "event") {
      // The messages before it are not known yet.
      if (!this.#loaded) track.missed();
      return track.takes(frame, this.#parts.local.meta.user);
    }
    if (frame.t === "resync") track.skips(frame.seq);
    if (frame.t === "caughtUp") track.passes(frame.seq);
    return frame.t === "resync";
  }

  /** A group has refused an answer. Where the client sends it again, it is still under way. */
  #declined(
    track: ChatTrack,
    { cid, code }: { readonly cid: string; readonly code: string },
  ): void {
    const key = track instanceof GroupTrack ? track.declined(cid) : undefined;
    if (key === undefined || this.isUnderWay(key)) return;
    this.refused(track.peer, key, new ChatError(code, { retryable: true }));
  }

  async #isStored(peer: string, key: string, cid: string): Promise<boolean> {
    const track = this.#track(peer);
    await this.#scan(track);
    return track.isSaid(key, cid);
  }

  async #scan(track: ChatTrack): Promise<void> {
    if (track.unread) await this.#backlog.scan(track, this.#seq);
  }

  #track(peer: string): ChatTrack {
    if (isGroup(peer)) return this.#group(peer);
    return this.#tracks.get(peer) ?? this.#keep(new ChatTrack(peer));
  }

  #group(group: string): GroupTrack {
    const known = this.#tracks.get(group);
    return known instanceof GroupTrack ? known : this.#keep(new GroupTrack(group));
  }

  #keep<Track extends ChatTrack>(track: Track): Track {
    this.#tracks.set(track.peer, track);
    return track;
  }
}
