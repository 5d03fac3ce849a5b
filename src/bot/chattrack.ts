import { seqOf } from "../events/position.ts";
import { answeredBy } from "./answerkey.ts";
import type { BotMessage } from "./incoming.ts";

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** An own message as the log has it. */
export interface OwnWord {
  readonly cid: string;
  readonly key?: string;
}

/** Messages of one chat that wait in memory, at up to 64 KiB each; further ones are read from the views later. */
export const QUEUE_MAX = 256;

/** How far a bot has come in one chat, what waits there, and which answers are stored; in a group: accepted. */
export class ChatTrack {
  readonly peer: string;
  /** Where the log knows the bot's device to be, a position of the peer's, or of the group. */
  here = 0;
  /** Everything up to here is finished. */
  done = 0;
  /** Unfinished messages in their order, each above `done`. */
  queue: BotMessage[] = [];
  /** Seq behind which the views have messages that are not in the queue; undefined: there are none. */
  next: number | undefined;
  /** The own messages behind the position have to be read, too, before anything is done here. */
  unread = false;
  /** Place of the newest message that an event has told of: a seq of the own mailbox, or a position of the group. */
  newest = 0;
  /** The first message is worked on, or waits for another try. */
  busy = false;
  /** The log is another one now: nothing is done here any more. */
  isVoid = false;
  /** So often was the first message tried in vain. */
  failures = 0;
  readonly #keys = new Set<string>();
  /** Answers that are on their way: what to do when they are stored. */
  readonly #waiting = new Map<string, Waiter>();

  constructor(peer: string) {
    this.peer = peer;
  }

  /** Is there something to do? */
  get isDue(): boolean {
    return !this.busy && !this.isVoid && (this.queue.length > 0 || this.isBehind);
  }

  /** Have the views something that is not here? */
  get isBehind(): boolean {
    return this.unread || this.next !== undefined;
  }

  /** Is somebody waiting for an answer to be stored? */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** A message of another has come at `place`. */
  came(message: BotMessage, place: number): void {
    this.newest = Math.max(this.newest, place);
    if (this.isBehind || message.position <= this.last) return;
    if (this.queue.length >= QUEUE_MAX) this.next = seqOf(place) - 1;
    else this.queue.push(message);
  }

  /** Adds messages that the views have, those that are known already left out. */
  take(messages: readonly BotMessage[]): void {
    for (const message of messages) if (message.position > this.last) this.queue.push(message);
  }

  /** The last position that is finished or waits. */
  get last(): number {
    return this.queue.at(-1)?.position ?? this.done;
  }

  /** The own mailbox has an own message. */
  said({ key = "" }: OwnWord): void {
    this.answered(key);
  }

  /** The chat shows an own message. */
  shown(row: OwnWord): void {
    this.said(row);
  }

  /** Of the own mailbox up to `seq` answers of the views have to know. */
  atLeast(seq: number): number {
    return seq;
  }

  /** An own message with this key is stored for good. */
  answered(key: string): void {
    const message = answeredBy(key);
    if (message?.author !== this.peer) return;
    if (message.position > this.here) this.#keys.add(key);
    this.#resolve(key);
  }

  /** Is the answer of this name stored, or its message finished for good? */
  isAnswered(key: string): boolean {
    return this.#keys.has(key) || (answeredBy(key)?.position ?? 0) <= this.here;
  }

  /** Is an answer of this name not to be sent: under another cid than this one, where one is told? */
  isSaid(key: string, _cid?: string): boolean {
    return this.isAnswered(key);
  }

  /** Resolves when the answer of this name is stored; rejects where it never will be. */
  stored(key: string): Promise<void> {
    if (this.isAnswered(key)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.set(key, { resolve, reject }));
  }

  /** The answer of this name was refused for good. */
  refused(key: string, error: Error): void {
    this.#waiting.get(key)?.reject(error);
    this.#waiting.delete(key);
  }

  /** Nothing that is known here holds any more. */
  leave(error: Error): void {
    this.isVoid = true;
    for (const key of this.#waiting.keys()) this.refused(key, error);
  }

  /** The log knows the device to have read so far: also where another copy of the bot has. */
  read(position: number): void {
    if (position <= this.here) return;
    this.here = position;
    this.done = Math.max(this.done, position);
    this.queue = this.queue.filter((message) => message.position > position);
    for (const key of this.#keys) if (this.#isBelow(key)) this.#keys.delete(key);
    for (const key of this.#waiting.keys()) if (this.#isBelow(key)) this.#resolve(key);
  }

  /** A message is finished. */
  finish({ position }: BotMessage): void {
    this.failures = 0;
    this.done = Math.max(this.done, position);
    this.queue = this.queue.filter((message) => message.position > position);
  }

  #isBelow(key: string): boolean {
    return (answeredBy(key)?.position ?? 0) <= this.here;
  }

  #resolve(key: string): void {
    this.#waiting.get(key)?.resolve();
    this.#waiting.delete(key);
  }
}
