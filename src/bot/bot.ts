import type { ClientOptions, Connectivity } from "../client/api.ts";
import { ChatClient } from "../client/client.ts";
import { TIMER_MAX_MS } from "../client/connection/bounded.ts";
import { heard } from "../client/emitter.ts";
import { ChatError } from "../client/error.ts";
import { ID } from "../events/messageid.ts";
import { Duty } from "./duty.ts";
import type { BotMessage } from "./incoming.ts";
import { Work, type AnswerOptions, type Handler } from "./work.ts";

export type { BotMessage } from "./incoming.ts";
export type { AnswerOptions, Handler, Turn } from "./work.ts";
export { ChatError } from "../client/error.ts";

/** Chats that are worked on side by side. */
const CONCURRENCY = 16;
/** Longest time of one try at one message. */
const HANDLER_MS = 60_000;
/** Tries at one message, over some two minutes. */
const TRIES_MAX = 8;
/** Time that what is under way has when the bot stops. */
const STOP_MS = 10_000;

/** Everything that a bot needs to know; `url`, `getToken`, `deviceId` and `onMessage` are enough. */
export interface BotOptions extends ClientOptions {
  /** The bot's name among the devices of its user, the same for ever and in all its copies: its position is kept under it. */
  deviceId: string;
  /** Called for each message of others to the bot, and for those in groups that `groups` names: at least once, in each chat in order and one at a time. */
  onMessage: Handler;
  /** Messages that it answers in groups that somebody has added it to: none, those that mention it (the default), or all of others. */
  groups?: "none" | "mentioned" | "all";
  /** Chats at once. Default: 16. */
  concurrency?: number;
  /** Longest time of one try, ms; then it counts as failed, and what it says no longer. Default: 60,000. */
  handlerMs?: number;
  /** Tries at one message, with a wait between that doubles from 1 s to 60 s. Default: 8. */
  tries?: number;
  /** A message has been tried in vain for the last time. When this has resolved, the bot goes on behind it. */
  onDead?: (message: BotMessage, error: unknown) => Promise<void> | void;
  /** Hears of every failure; `message`: what was being worked on. Default: the `logger`. */
  onError?: (error: unknown, message?: BotMessage) => void;
  /** Hears how the connection is. Behind `closed` the bot does not come back by itself. */
  onConnection?: (connection: Connectivity) => void;
  /** Hears when the bot begins to work, and when it does no longer: a copy that waits is a standby. */
  onDuty?: (isOn: boolean) => void;
}

/** A bot that does nothing until `start()`. @throws TypeError where an option is wrong. */
export const createBot = (options: BotOptions): Bot => new Bot(options);

/** Answers the messages to one user, each once, whatever is killed meanwhile; {@link createBot} makes it. */
export class Bot {
  readonly #options: BotOptions;
  readonly #client: ChatClient;
  readonly #duty: Duty;
  readonly #work: Work;
  #connection: Connectivity | undefined;
  #stopping = false;

  constructor(options: BotOptions) {
    check(options);
    this.#options = options;
    const { elapsed = () => performance.now() } = options;
    this.#duty = new Duty({
      changed: () => this.#changed(),
      look: (track) => this.#work.look(track),
      wiped: () => this.#work.leave(),
      failed: (error) => this.#failed(error),
      groups: options.groups !== "none",
      elapsed,
    });
    this.#client = new ChatClient(options, this.#duty);
    this.#work = this.#works(options);
    this.#client.subscribe(() => this.#connected());
    this.#client.on("error", ({ code, message }) =>
      this.#failed(new ChatError(code, { retryable: false, message })),
    );
  }

  /** The id of the bot's user, known from the first `welcome`. */
  get user(): string | undefined {
    return this.#client.user;
  }
  /** Is it the one of its copies that works? */
  get isOnDuty(): boolean {
    return this.#duty.isOn;
  }

  /** Connects, and works when it is its turn, until {@link stop}. */
  start(): void {
    this.#stopping = false;
    this.#client.connect();
  }

  /** Begins nothing new, waits `ms` (default 10 s) for what is under way, says how far it has come, and leaves. */
  async stop(ms: number = STOP_MS): Promise<void> {
    this.#stopping = true;
    let late: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>(
      (done) => (late = setTimeout(done, Math.min(TIMER_MAX_MS, ms))),
    );
    await Promise.race([this.#work.calm(), patience]);
    clearTimeout(late);
    this.#work.leave();
    await this.#client.close();
  }

  #works({ onMessage, concurrency, handlerMs, tries, onDead }: BotOptions): Work {
    return new Work({
      handler: onMessage,
      concurrency: concurrency ?? CONCURRENCY,
      handlerMs: Math.min(TIMER_MAX_MS, handlerMs ?? HANDLER_MS),
      triesMax: tries ?? TRIES_MAX,
      wants: (message) => this.#wants(message),
      open: () => this.#duty.isOn && !this.#stopping,
      read: (track) => this.#duty.ledger.read(track),
      say: (peer, key, body, more) => this.#say(peer, key, body, more),
      finished: ({ peer }) => this.#duty.tell(peer),
      failed: (error, message) => this.#failed(error, message),
      dead: (message, error) => onDead?.(message, error),
    });
  }

  #wants({ group, mentions = [] }: BotMessage): boolean {
    if (group === undefined || this.#options.groups === "all") return true;
    return mentions.some((user) => user === this.user);
  }

  #say(peer: string, key: string, body: string, { data, mentions }: AnswerOptions): void {
    if (this.#duty.ledger.isUnderWay(key)) return;
    const more = { ...(data && { data }), ...(mentions && { mentions }) };
    this.#client.send(peer, body, { key, ...more });
  }

  #connected(): void {
    const { connection } = this.#client;
    if (connection === this.#connection) return;
    this.#connection = connection;
    // An end of its own will is no news.
    if (connection.state === "closed" && this.#stopping) return;
    this.#told(() => this.#options.onConnection?.(connection));
  }

  #changed(): void {
    const { isOn } = this.#duty;
    this.#told(() => this.#options.onDuty?.(isOn));
    if (isOn) this.#work.pump();
  }

  /** A listener that throws, at once or later, is reported as every listener's failure, and keeps the bot from nothing. */
  #told(tell: () => unknown): void {
    heard(tell, (error) =>
      this.#options.logger?.warn("a listener of the bot has thrown", { error: String(error) }),
    );
  }

  #failed(error: unknown, message?: BotMessage): void {
    const { onError, logger } = this.#options;
    if (onError !== undefined) this.#told(() => onError(error, message));
    else logger?.warn("bot failed", { error: String(error), message: message?.id });
  }
}

const GROUPS: readonly unknown[] = [undefined, "none", "mentioned", "all"];

function check({ deviceId, groups, concurrency = 1, handlerMs = 1, tries = 1 }: BotOptions): void {
  if (typeof deviceId !== "string" || !ID.test(deviceId))
    throw new TypeError("deviceId: 1 to 64 of A-Z a-z 0-9 _ -, the same at every start");
  for (const [name, value] of Object.entries({ concurrency, handlerMs, tries }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new TypeError(`${name}: a whole number from 1 on`);
  if (!GROUPS.includes(groups)) throw new TypeError("groups: none, mentioned or all");
}
