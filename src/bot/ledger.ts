import { ChatError } from "../client/error.ts";
import type { LocalChat } from "../client/mailbox/localchat.ts";
import type { Works } from "../client/machine.ts";
import type { ReadingState } from "../client/mailbox/receipts.ts";
import type { ChatRow } from "../protocol/frames/chats.ts";
import type { EventFrame } from "../protocol/frames/mailbox.ts";
import { answeredBy } from "./answerkey.ts";
import { Backlog } from "./backlog.ts";
import type { Followed } from "./follow.ts";
import { Patience } from "./patience.ts";
import { ChatTrack } from "./chattrack.ts";

/** News that are about a chat. */
type ChatNews = Exclude<Followed, { what: "closed" }>;

/** How far a bot has come in each chat: learned from events and, behind a gap of any kind, from the views. */
export class Ledger {
  readonly #parts: Works;
  readonly #backlog: Backlog;
  readonly #tracks = new Map<string, ChatTrack>();
  /** Seq of the last event that has been taken. */
  #seq = 0;
  /** The chats are known: from here on events tell what is new. */
  #loaded = false;

  constructor(parts: Works, elapsed: () => number) {
    this.#parts = parts;
    this.#backlog = new Backlog(parts.requests, new Patience(() => parts.link.limits, elapsed));
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

  /** Takes news. Returns the chat that they are about. */
  follow(news: ChatNews, seq: number): ChatTrack {
    const track = this.#track(news.what === "message" ? news.message.author : news.peer);
    if (news.what === "answered") track.answered(news.key);
    else if (news.what === "read") track.read(news.position);
    else {
      // The messages before it are not known yet.
      if (!this.#loaded) track.unread = true;
      track.came(news.message, seq);
    }
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
  standing({ peer, mine, received }: LocalChat): ReadingState {
    const { here = 0, done = 0 } = this.#tracks.get(peer) ?? {};
    return { peer, mine: { delivered: mine.delivered, read: here }, seen: done, received };
  }

  /** An answer was refused for good. */
  refused(peer: string, key: string, error: ChatError): void {
    this.#tracks.get(peer)?.refused(key, error);
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
      if (answeredBy(key) !== undefined && (await this.#isStored(to, key))) entries.drop(cid);
    for (const track of this.#tracks.values()) if (track.isWaiting) await this.#scan(track);
  }

  #meet({ peer, received, readHere }: ChatRow, atLeast: number): void {
    const track = this.#track(peer);
    track.read(readHere);
    track.unread = received > track.here || track.isWaiting || track.newest > atLeast;
  }

  async #isStored(peer: string, key: string): Promise<boolean> {
    const track = this.#track(peer);
    await this.#scan(track);
    return track.isAnswered(key);
  }

  async #scan(track: ChatTrack): Promise<void> {
    if (track.unread) await this.#backlog.scan(track, this.#seq);
  }

  #track(peer: string): ChatTrack {
    const known = this.#tracks.get(peer);
    if (known !== undefined) return known;
    const track = new ChatTrack(peer, 0);
    this.#tracks.set(peer, track);
    return track;
  }
}
