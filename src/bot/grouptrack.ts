import { ChatError } from "../client/error.ts";
import { isReadable } from "../client/mailbox/readable.ts";
import { OUTCOME_MS } from "../client/outbox/outcomes.ts";
import { messageId } from "../events/messageid.ts";
import { positionOf } from "../events/position.ts";
import type { GroupRow } from "../protocol/frames/chats.ts";
import type { FollowedGroup } from "../protocol/frames/group.ts";
import type { EventFrame } from "../protocol/frames/mailbox.ts";
import { ChatTrack, type OwnWord } from "./chattrack.ts";
import { Decisions } from "./decisions.ts";

/** How far a bot has come in a group: by positions of the group, whose log is another one than the bot's own. */
export class GroupTrack extends ChatTrack {
  readonly #decisions = new Decisions();
  /** Seq of the last event that was taken, or is not needed. */
  #seq = 0;
  #generation = 0;

  /** The session's events come from behind this place on. */
  begins({ seq, generation = 0 }: Pick<FollowedGroup, "seq" | "generation">): void {
    this.#generation = generation;
    if (seq <= this.#seq) return;
    this.#seq = seq;
    if (positionOf(generation, seq) > this.here) this.missed();
  }

  /** Takes an event, each once. `me`: the bot's user. Returns whether there may be something to do. */
  takes(frame: EventFrame, me: string | undefined): boolean {
    const { seq, prev, event, generation = 0 } = frame;
    if (seq <= this.#seq) return false;
    const isNext = prev <= this.#seq;
    [this.#seq, this.#generation] = [seq, generation];
    if (!isNext) this.missed();
    if (!isReadable(event) || event.type !== "MessageSent" || !("of" in event)) return !isNext;
    const { author, cid, body, data, mentions, sentAt } = event;
    if (author === me) {
      this.shown({ cid });
      return !isNext;
    }
    const position = positionOf(generation, seq);
    const more = { ...(data && { data }), ...(mentions && { mentions }) };
    const id = messageId(this.peer, position);
    this.came({ id, author, group: this.peer, position, body, ...more, sentAt }, position);
    return true;
  }

  /** Events up to here do not come. */
  skips(seq: number): void {
    this.#seq = seq;
    this.missed();
  }

  /** Nothing for this user lies between the last event and here. */
  passes(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
  }

  /** Something may have passed unseen: the chat is read from where it is done. */
  missed(): void {
    this.unread = true;
    this.newest = Math.max(this.newest, positionOf(this.#generation, this.#seq));
  }

  /** The group as the list of chats has it. Everything from before a joining is done, and everything that was not answered at an end. */
  meets({ from, upTo, read, readHere, unread, seq = 0, generation = 0 }: GroupRow): void {
    const place = positionOf(generation, seq);
    const isBehind = this.newest > place;
    this.read(upTo ?? Math.max(readHere, from - 1));
    // A person may have read more on another device.
    this.unread =
      upTo === undefined && (unread !== 0 || read > this.here || this.isWaiting || isBehind);
    this.newest = Math.max(this.newest, place);
    this.passes(seq);
  }

  /** The code of a refusal has come. Returns the name of the answer that nobody has any more. */
  declined(cid: string): string | undefined {
    const key = this.#decisions.refused(cid);
    return key === undefined || this.isSaid(key) ? undefined : key;
  }

  override said({ cid, key = "" }: OwnWord): void {
    if (this.#decisions.stored(cid, key)) this.answered(key);
  }

  override shown({ cid }: OwnWord): void {
    this.answered(this.#decisions.accepted(cid) ?? "");
  }

  override isSaid(key: string, cid?: string): boolean {
    return this.isAnswered(key) || this.#decisions.isOpen(key, cid);
  }

  override atLeast(): number {
    return this.newest;
  }

  override async stored(key: string): Promise<void> {
    const late = setInterval(() => {
      if (!this.#decisions.isOpen(key)) return;
      this.refused(key, new ChatError("outcome.unknown", { retryable: true }));
    }, OUTCOME_MS);
    try {
      await super.stored(key);
    } finally {
      clearInterval(late);
    }
  }
}
