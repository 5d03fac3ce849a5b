import { WebSocket } from "ws";
import { createBot, type Bot, type BotOptions } from "../../src/bot/bot.ts";
import type { App } from "./app.ts";
import type { Device, Frame } from "./device.ts";

/** Bots in this process, at a real server. */
export interface BotWorld {
  /** Starts a bot of this name; `errors`: what it has reported. */
  begin(
    user: string,
    options: Partial<BotOptions> & Pick<BotOptions, "onMessage">,
  ): { readonly bot: Bot; readonly errors: string[] };
  /** Cuts every socket that a bot has, as a lost network does. */
  cut(): void;
  /** Ends all bots. */
  stop(): Promise<void>;
}

export function botWorld(app: App): BotWorld {
  const bots: Bot[] = [];
  const sockets: WebSocket[] = [];
  class FromThePage extends WebSocket {
    constructor(url: string) {
      super(url, { origin: app.url });
      sockets.push(this);
    }
  }
  return {
    begin(user, options) {
      const errors: string[] = [];
      const bot = createBot({
        url: app.wsUrl,
        getToken: () => app.token(user),
        deviceId: "bot",
        webSocket: FromThePage,
        onError: (error, message) => errors.push(`${message?.body}: ${String(error)}`),
        ...options,
      });
      bots.push(bot);
      bot.start();
      return { bot, errors };
    },
    cut: () => {
      for (const socket of sockets) socket.terminate();
    },
    stop: async () => void (await Promise.all(bots.splice(0).map((bot) => bot.stop(0)))),
  };
}

let n = 0;
/** Sends texts to a bot, in this order. */
export const say = (person: Device, to: string, ...bodies: string[]): void => {
  for (const body of bodies) person.say({ t: "send", cid: `${person.user}.${++n}`, to, body });
};
export const bodyOf = ({ event }: Frame): string | undefined => (event as { body?: string })?.body;
/** The texts that somebody was told by a bot, in order. */
export const told = (person: Device, bot: string): (string | undefined)[] =>
  person.frames.filter(({ event }) => event?.author === bot && event.body).map(bodyOf);
