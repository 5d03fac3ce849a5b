import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createBot, type Bot, type BotOptions } from "../../src/bot/bot.ts";
import { startApp, type App } from "../support/app.ts";
import { device, type Device, type Frame } from "../support/device.ts";

let app: App;
const bots: Bot[] = [];
beforeAll(async () => {
  // A backlog is read from the views.
  app = await startApp({ RESUME_ENTRIES: "20", QUESTIONS_BURST: "1000" });
});
afterAll(() => app.stop());
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.stop(0)));
});

class FromThePage extends WebSocket {
  constructor(url: string) {
    super(url, { origin: app.url });
  }
}

const FOREVER = new Promise<void>(() => undefined);

/** A bot of this name, started; `errors`: what it has reported. */
function begin(user: string, options: Partial<BotOptions> & Pick<BotOptions, "onMessage">) {
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
}

const say = (person: Device, to: string, ...bodies: string[]): void => {
  for (const body of bodies) person.say({ t: "send", cid: `${person.user}.${++n}`, to, body });
};
let n = 0;
const bodyOf = ({ event }: Frame): string | undefined => (event as { body?: string })?.body;
/** The texts that somebody was told by a bot, in order. */
const told = (person: Device, bot: string): (string | undefined)[] =>
  person.frames.filter(({ event }) => event?.author === bot && event.body).map(bodyOf);

describe("[B3] a handler", () => {
  test("that throws is called again, with the same message, and what it answered before is not sent twice", async () => {
    const ann = await device(app, "ann");
    const attempts: number[] = [];
    const { errors } = begin("thrower", {
      onMessage: async ({ body }, turn) => {
        attempts.push(turn.attempt);
        turn.answer(`${body} one`);
        if (turn.attempt === 1) throw new Error("no");
        turn.answer(`${body} two`, { data: { attempt: turn.attempt } });
      },
    });
    say(ann, "thrower", "hello");
    const last = await ann.until((frame) => bodyOf(frame) === "hello two");
    expect(last).toMatchObject({ event: { data: { attempt: 2 } } });
    expect(told(ann, "thrower")).toEqual(["hello one", "hello two"]);
    expect([attempts, errors]).toEqual([[1, 2], ["hello: Error: no"]]);
    await ann.close();
  });

  test("that throws each time holds its own chat alone, and is dead after so many tries", async () => {
    const [ben, cat] = [await device(app, "ben"), await device(app, "cat")];
    const dead: string[] = [];
    begin("refuser", {
      tries: 2,
      concurrency: 1,
      onMessage: ({ body }, turn) => {
        if (body === "poison") throw new Error("no");
        turn.answer(`${body}!`);
      },
      onDead: ({ body }, error) => void dead.push(`${body}: ${String(error)}`),
    });
    say(ben, "refuser", "poison", "behind it");
    say(cat, "refuser", "other chat");
    await cat.until((frame) => bodyOf(frame) === "other chat!");
    await ben.until((frame) => bodyOf(frame) === "behind it!");
    expect(dead).toEqual(["poison: Error: no"]);
    // Its position has passed the dead one.
    await ben.until(({ event }) => event?.type === "MessageRead" && event.author === "refuser");
    await Promise.all([ben.close(), cat.close()]);
  });

  test("that never resolves is given up after its time, and what it says later does not count", async () => {
    const [dan, eve] = [await device(app, "dan"), await device(app, "eve")];
    let late: (() => void) | undefined;
    const { errors } = begin("sleeper", {
      handlerMs: 300,
      tries: 1,
      concurrency: 1,
      onMessage: async ({ body }, turn) => {
        if (body === "sleep") {
          late = () => turn.answer("too late");
          await FOREVER;
        }
        turn.answer(`${body}!`);
      },
    });
    say(dan, "sleeper", "sleep", "behind it");
    await dan.until((frame) => bodyOf(frame) === "behind it!");
    say(eve, "sleeper", "other chat");
    await eve.until((frame) => bodyOf(frame) === "other chat!");
    expect(errors).toEqual(["sleep: ChatError: turn.over"]);
    expect(() => late?.()).toThrow("turn.over");
    expect(told(dan, "sleeper")).toEqual(["behind it!"]);
    await Promise.all([dan.close(), eve.close()]);
  });

  test("whose answer can never be sent is told so, and tried again", async () => {
    const fay = await device(app, "fay");
    const { errors } = begin("shouter", {
      tries: 1,
      onMessage: ({ body }, turn) => turn.answer(body === "long" ? "x".repeat(20_000) : body),
    });
    say(fay, "shouter", "long", "short");
    await fay.until((frame) => bodyOf(frame) === "short" && frame["event"].author === "shouter");
    expect(errors).toEqual([expect.stringMatching(/^long: ChatError/)]);
    await fay.close();
  });
});

describe("[B1] a bot that comes back", () => {
  test("works through a long backlog in order, each message once, wherever it stops", async () => {
    const gus = await device(app, "gus");
    const bodies = Array.from({ length: 30 }, (_, i) => `${i}`);
    const { bot } = begin("late", { onMessage: ({ body }, turn) => turn.answer(`${body}!`) });
    say(gus, "late", "first");
    await gus.until((frame) => bodyOf(frame) === "first!");
    await bot.stop();
    for (const body of bodies) {
      say(gus, "late", body);
      await gus.until((frame) => bodyOf(frame) === body);
    }
    const again = begin("late", { onMessage: ({ body }, turn) => turn.answer(`${body}!`) });
    await gus.until((frame) => bodyOf(frame) === "10!");
    await again.bot.stop();
    begin("late", { onMessage: ({ body }, turn) => turn.answer(`${body}!`) });
    await gus.until((frame) => bodyOf(frame) === "29!");
    expect(told(gus, "late")).toEqual(["first", ...bodies].map((body) => `${body}!`));
    await gus.close();
  });

  test("answers what a person of the same user has read on another device", async () => {
    const ida = await device(app, "ida");
    const human = await device(app, "shared");
    say(ida, "shared", "hello");
    const { event } = await human.until((frame) => bodyOf(frame) === "hello");
    human.say({ t: "read", peer: "ida", upTo: event.position });
    await human.until(({ event: seen }) => seen?.type === "MessageRead");
    begin("shared", { onMessage: ({ body }, turn) => turn.answer(`${body}!`) });
    await ida.until((frame) => bodyOf(frame) === "hello!");
    await Promise.all([ida.close(), human.close()]);
  });

  test("stops when what it was doing is answered and told, and leaves the rest", async () => {
    const jon = await device(app, "jon");
    let go: () => void = () => undefined;
    const gate = new Promise<void>((open) => (go = open));
    const began: string[] = [];
    const { bot } = begin("leaver", {
      onMessage: async ({ body }, turn) => {
        began.push(body);
        await gate;
        turn.answer(`${body}!`);
      },
    });
    say(jon, "leaver", "one", "two");
    await expect.poll(() => began).toEqual(["one"]);
    const stopped = bot.stop();
    go();
    await stopped;
    // Told together with what has come meanwhile, or alone.
    await jon.until(
      ({ event }) =>
        event?.author === "leaver" &&
        event.type !== "MessageSent" &&
        (event.read ?? event.type === "MessageRead"),
    );
    expect([told(jon, "leaver"), began]).toEqual([["one!"], ["one"]]);
    await jon.close();
  });
});

describe("[B2] of two copies of a bot", () => {
  test("the second waits until the first has gone, shows nobody as online, and goes on where that stopped", async () => {
    const kim = await device(app, "kim");
    const duty: string[] = [];
    const copy = (name: string) =>
      begin("twin", {
        onMessage: ({ body }, turn) => turn.answer(`${body} by ${name}`),
        onDuty: (isOn) => duty.push(`${name} ${isOn ? "on" : "off"}`),
      }).bot;
    const first = copy("first");
    await expect.poll(() => first.isOnDuty).toBe(true);
    const second = copy("second");
    say(kim, "twin", "one");
    await kim.until((frame) => bodyOf(frame) === "one by first");
    await expect.poll(() => second.user).toBe("twin");
    await first.stop();
    say(kim, "twin", "two");
    await kim.until((frame) => bodyOf(frame) === "two by second");
    expect(told(kim, "twin")).toEqual(["one by first", "two by second"]);
    expect(duty).toEqual(["first on", "first off", "second on"]);
    kim.say({ t: "lastSeen", users: ["twin"], ref: 1 });
    expect(await kim.until(({ t }) => t === "reply")).toMatchObject({ result: { users: [] } });
    await kim.close();
  });
});

test.each([
  [{ deviceId: "" }, "deviceId: 1 to 64 of A-Z a-z 0-9 _ -, the same at every start"],
  [{ deviceId: undefined }, "deviceId: 1 to 64 of A-Z a-z 0-9 _ -, the same at every start"],
  [{ concurrency: 0 }, "concurrency: a whole number from 1 on"],
  [{ handlerMs: 1.5 }, "handlerMs: a whole number from 1 on"],
  [{ tries: Number.NaN }, "tries: a whole number from 1 on"],
])("a bot with %j is none", (wrong, sentence) => {
  const good = { url: "ws://127.0.0.1:1", getToken: async () => "", deviceId: "bot" };
  const options = { ...good, onMessage: () => undefined, ...wrong } as BotOptions;
  expect(() => createBot(options)).toThrow(new TypeError(sentence));
});
