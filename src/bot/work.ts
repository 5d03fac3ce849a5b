import { ChatError } from "../client/error.ts";
import type { Data } from "../protocol/extras.ts";
import { answerKey } from "./answerkey.ts";
import type { BotMessage } from "./incoming.ts";
import type { ChatTrack } from "./chattrack.ts";

/** The first wait before a message is tried again; it doubles, up to a minute. */
const BACKOFF_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
/** The wait before a chat whose backlog could not be read is tried again. */
const AGAIN_MS = 1_000;

/** One try of a handler at one message. */
export interface Turn {
  /** Aborted when the try has taken too long, or the bot stops: nothing that it says counts any more. */
  readonly signal: AbortSignal;
  /** 1 at the first try. */
  readonly attempt: number;
  /**
   * Answers in the chat. A try that is repeated has to give the same answers in the same order: those that are
   * stored already are not sent again.
   * @throws ChatError where the answer can never be sent, or the try is over.
   */
  answer(body: string, more?: AnswerOptions): void;
}

/** Parts of an answer besides its text. */
export interface AnswerOptions {
  /** Content besides the text, for apps: a JSON object of at most 4,096 bytes. */
  data?: Data;
  /** In a group: at most 20 of its members whom it is meant for. */
  mentions?: readonly string[];
}

/** Works off a message. Resolved: it is done, as soon as its answers are stored. */
export type Handler = (message: BotMessage, turn: Turn) => Promise<void> | void;

interface Ports {
  readonly handler: Handler;
  /** Chats at once. */
  readonly concurrency: number;
  /** Longest time of a try, ms. */
  readonly handlerMs: number;
  /** Tries before a message is given up. */
  readonly triesMax: number;
  /** Is a message for the handler? Any other counts as finished in its turn. */
  wants(message: BotMessage): boolean;
  /** May something new begin? */
  open(): boolean;
  /** Reads what the track lacks. */
  read(track: ChatTrack): Promise<void>;
  /** Sends an answer, unless it is on its way already. @throws ChatError */
  say(peer: string, key: string, body: string, more: AnswerOptions): void;
  /** More of the chat is finished. */
  finished(track: ChatTrack): void;
  failed(error: unknown, message: BotMessage | undefined): void;
  dead(message: BotMessage, error: unknown): Promise<void> | void;
}

/** Works through chats side by side, each in the order of its messages. */
export class Work {
  readonly #ports: Ports;
  readonly #due = new Set<ChatTrack>();
  readonly #running = new Map<ChatTrack, AbortController>();
  #idle: (() => void)[] = [];

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** There may be something to do in the chat. */
  look(track: ChatTrack): void {
    this.#due.add(track);
    this.pump();
  }

  pump(): void {
    if (!this.#ports.open()) return;
    for (const track of this.#due) {
      if (this.#running.size >= this.#ports.concurrency) return;
      this.#due.delete(track);
      if (track.isDue) void this.#run(track);
    }
  }

  /** Resolves when nothing is worked on any more. */
  calm(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Forgets all chats, and ends all tries: what they say counts no longer. */
  leave(): void {
    for (const turn of this.#running.values()) turn.abort();
    this.#due.clear();
  }

  async #run(track: ChatTrack): Promise<void> {
    const stop = new AbortController();
    track.busy = true;
    this.#running.set(track, stop);
    const waitMs = await this.#step(track, stop);
    this.#running.delete(track);
    const again = (): void => {
      track.busy = false;
      this.look(track);
    };
    if (waitMs === 0) again();
    else setTimeout(again, waitMs).unref();
    if (this.#running.size === 0) for (const done of this.#idle.splice(0)) done();
    this.pump();
  }

  /** Does the chat's next message. Returns the wait before the one behind it, or the same again, ms. */
  async #step(track: ChatTrack, stop: AbortController): Promise<number> {
    try {
      await this.#ports.read(track);
    } catch (error) {
      this.#ports.failed(error, undefined);
      return AGAIN_MS;
    }
    this.#pass(track);
    const [message] = track.queue;
    // Another copy may have come further meanwhile, or this one be waiting for its turn again, or have left the chat.
    if (message === undefined || stop.signal.aborted || !this.#ports.open()) return 0;
    try {
      await this.#attempt(track, message, stop);
    } catch (error) {
      // A try that another log, or another copy that has finished, has made needless has not failed.
      if (track.isVoid || track.done >= message.position) return 0;
      this.#ports.failed(error, message);
      if (++track.failures < this.#ports.triesMax)
        return Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (track.failures - 1));
      await this.#bury(message, error);
    }
    track.finish(message);
    this.#ports.finished(track);
    return 0;
  }

  /** Passes over what is not for the handler. */
  #pass(track: ChatTrack): void {
    const next = track.queue.findIndex((message) => this.#ports.wants(message));
    const last = track.queue.at(next < 0 ? -1 : next - 1);
    if (next === 0 || last === undefined) return;
    track.finish(last);
    this.#ports.finished(track);
  }

  async #attempt(track: ChatTrack, message: BotMessage, stop: AbortController): Promise<void> {
    const keys: string[] = [];
    const { signal } = stop;
    const turn: Turn = {
      signal,
      attempt: track.failures + 1,
      answer: (body, more = {}) => {
        if (signal.aborted) throw new ChatError("turn.over", { retryable: false });
        const key = answerKey(message.id, keys.length + 1);
        if (!track.isSaid(key)) this.#ports.say(track.peer, key, body, more);
        keys.push(key);
      },
    };
    await this.#within(stop, async () => this.#ports.handler(message, turn));
    await Promise.all(keys.map((key) => track.stored(key)));
  }

  /** A handler that never resolves holds its chat, and its place among those at once, no longer than this. */
  async #within(stop: AbortController, run: () => Promise<void>): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const over = new Promise<never>((_, reject) => {
      late = setTimeout(() => stop.abort(), this.#ports.handlerMs);
      stop.signal.addEventListener("abort", () =>
        reject(new ChatError("turn.over", { retryable: true })),
      );
    });
    try {
      await Promise.race([run(), over]);
    } finally {
      clearTimeout(late);
      // A handler that has left something running says nothing any more.
      if (!stop.signal.aborted) stop.abort();
    }
  }

  async #bury(message: BotMessage, error: unknown): Promise<void> {
    try {
      await this.#ports.dead(message, error);
    } catch (failure) {
      this.#ports.failed(failure, message);
    }
  }
}
