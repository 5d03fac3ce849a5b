import { afterEach, beforeEach, vi } from "vitest";
import { createBot, type Bot, type BotOptions } from "../../src/bot/bot.ts";
import type { ClientOptions } from "../../src/client/api.ts";
import { limitsOf } from "../../src/config/limits.ts";
import { Given } from "../../src/config/settings.ts";
import type { Stated } from "../../src/events/event.ts";
import { messageId } from "../../src/events/messageid.ts";
import type { Connected } from "../../src/gateway/session/addressee.ts";
import { readReply, writeReply, type Query } from "../../src/protocol/internal/query.ts";
import type { SessionsAnswer } from "../../src/protocol/frames/sessions.ts";
import { MemoryGateway } from "../../src/testing/memorygateway.ts";
import { CUT, MemorySocket } from "../../src/testing/memorysocket.ts";
import { MemoryWorld } from "../../src/testing/memoryworld.ts";

/** The log, the views and the actors of the double, which a spec can break: all real but the broker and the sockets. */
class BreakableWorld extends MemoryWorld {
  /** Questions as they came to the views. */
  readonly asked: Query[] = [];
  /** Views that do not answer. */
  deaf = new Set<Query["view"]>();
  /** Ends of sessions are not stored, as where their gateway has died. */
  mute = false;
  epoch = "first";

  override epochOf = (): string => this.epoch;

  override async state(user: string, sessionId: string, event: Stated, again?: string) {
    if (this.mute && event.type === "SessionClosed") return new Promise<never>(() => undefined);
    return super.state(user, sessionId, event, again);
  }
  override async ask(query: Query): Promise<string> {
    this.asked.push(query);
    if (this.deaf.has(query.view)) return writeReply({ error: "view.behind" });
    return super.ask(query);
  }
}

/** The world of the test that runs. */
export let world: BreakableWorld;
const limits = { ...limitsOf(Given.parse({})), questionsPerSecond: 1_000, questionsBurst: 1_000 };
let gateway: MemoryGateway;
let sockets: { socket: MemorySocket; connection: Connected }[] = [];
let bots: Bot[] = [];
/** Nobody reaches the server. */
export const net = { isDown: false };

/** Time passes, and what waits for it happens. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** Gives each test of a spec a server and a time of its own. `own`: limits that are not the usual ones. */
export function botServer(own: Partial<typeof limits> = {}): void {
  beforeEach(() => {
    vi.useFakeTimers();
    const now = (): number => performance.now();
    const wall = (): number => Date.now();
    world = new BreakableWorld({ epoch: "first", now: wall, onlineMs: limits.onlineMs });
    const verify = async (user: string) => ({ user, expiresAt: Number.MAX_SAFE_INTEGER });
    gateway = new MemoryGateway({ world, limits: { ...limits, ...own }, verify, now, wall });
    [sockets, bots, net.isDown] = [[], [], false];
  });
  afterEach(async () => {
    await Promise.all(bots.map((bot) => bot.stop(0)));
    gateway.stop();
    vi.useRealTimers();
  });
}

const webSocket: NonNullable<ClientOptions["webSocket"]> = class extends MemorySocket {
  constructor(_url: string) {
    super((wire, socket) => {
      if (net.isDown) return undefined;
      const connection = gateway.enter(wire);
      sockets.push({ socket, connection });
      return connection;
    });
  }
};

/** Starts a bot; it says what it hears, whether it is on duty, and what fails. */
export function begin(options: Partial<BotOptions> = {}) {
  const heard: string[] = [];
  const duty: boolean[] = [];
  const errors: string[] = [];
  const bot = createBot({
    url: "ws://double/v1/ws",
    getToken: async () => "bot",
    webSocket,
    deviceId: "bot",
    random: () => 0,
    onDuty: (isOn) => duty.push(isOn),
    onError: (error) => errors.push(String(error)),
    ...options,
    onMessage: async (message, turn) => {
      heard.push(message.body);
      await (options.onMessage ?? ((of, { answer }) => answer(`${of.body}!`)))(message, turn);
    },
  });
  bots.push(bot);
  bot.start();
  return { bot, heard, duty, errors };
}

/** Cuts every socket, as a lost network does. */
export function cut(): void {
  for (const { socket } of sockets.splice(0)) socket.end(CUT);
}

let written = 0;
/** Somebody writes to the bot. Returns the message's id. */
export async function say(from: string, body: string, to = "bot"): Promise<string> {
  const cid = `${from}.${++written}`;
  const said = { type: "MessageSent", author: from, to, device: from, cid, body } as const;
  return messageId(from, (await world.state(from, from, said)).seq);
}
/** Something happens in the bot's own mailbox. Returns its seq. */
const happens = async (event: Stated): Promise<number> =>
  (await world.state("bot", "another", event)).seq;
/** Another session of the bot's device is open, at another gateway. */
export const opens = (sessionId: string, deviceId = "bot"): Promise<number> =>
  happens({ type: "SessionOpened", sessionId, gatewayId: "gw-far", deviceId });
/** The session ends: `elsewhere`, in the word of another than its gateway. */
export const closes = (sessionId: string, elsewhere = false): Promise<number> =>
  happens({
    type: "SessionClosed",
    sessionId,
    ...(elsewhere ? { reason: "gateway-lost", elsewhere } : { reason: "left" }),
  });
/** The bot's texts to somebody, as they lie in the log. */
export const answers = (peer: string): string[] =>
  world
    .history("bot", peer, 1_000)
    .filter(({ author }) => author === "bot")
    .map(({ body }) => body);
export const questions = (view: Query["view"]): Query[] =>
  world.asked.filter((query) => query.view === view);
/** The bot's own session, as the views name it. */
export async function ownSession(): Promise<string> {
  const query: Query = { view: "sessions", owner: "bot", atLeast: 0 };
  const reply = readReply(await world.ask(query));
  const { sessions } = JSON.parse("result" in reply ? reply.result : "{}") as SessionsAnswer;
  return sessions.find(({ gatewayId }) => gatewayId === world.gatewayId)?.sessionId ?? "none";
}
