import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { createBot, type BotOptions } from "../../src/bot/bot.ts";
import { startApp, type App } from "../support/app.ts";
import { bodyOf, botWorld, say, told, type BotWorld } from "../support/botworld.ts";
import { device } from "../support/device.ts";

let app: App;
let world: BotWorld;
beforeAll(async () => {
  app = await startApp();
  world = botWorld(app);
});
afterAll(() => app.stop());
afterEach(() => world.stop());

const fail = (): never => {
  throw new Error("no");
};
const FOREVER = new Promise<void>(() => undefined);

describe("[B3] a handler", () => {
  test("that throws is called again, with the same message, and what it answered before is not sent twice", async () => {
    const ann = await device(app, "ann");
    const attempts: number[] = [];
    const { errors } = world.begin("thrower", {
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
    world.begin("refuser", {
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
    const { errors } = world.begin("sleeper", {
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

  test.each([
    ["throw", (): never => fail()],
    // A type that a listener does not have, and many a program gives it all the same.
    ["reject", (async () => fail()) as unknown as () => never],
  ])("and listeners that %s are reported, and keep the bot from nothing", async (how, no) => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    onTestFinished(() => void vi.unstubAllGlobals());
    const hal = await device(app, `hal-${how}`);
    const warned: string[] = [];
    const logger = { debug: () => undefined, warn: (said: string) => void warned.push(said) };
    const bot = `stumbler-${how}`;
    world.begin(bot, {
      tries: 1,
      logger,
      onError: no,
      onDuty: no,
      onConnection: no,
      onDead: no,
      onMessage: ({ body }, turn) => (body === "poison" ? no() : turn.answer(`${body}!`)),
    });
    say(hal, bot, "poison", "behind it");
    await hal.until((frame) => bodyOf(frame) === "behind it!");
    expect(new Set(warned)).toEqual(new Set(["a listener of the bot has thrown"]));
    expect(reported).toHaveBeenCalledTimes(warned.length);
    await hal.close();
  });

  test("whose answer can never be sent is told so, and tried again", async () => {
    const fay = await device(app, "fay");
    const { errors } = world.begin("shouter", {
      tries: 1,
      onMessage: ({ body }, turn) => turn.answer(body === "long" ? "x".repeat(20_000) : body),
    });
    say(fay, "shouter", "long", "short");
    await fay.until((frame) => bodyOf(frame) === "short" && frame["event"].author === "shouter");
    expect(errors).toEqual([expect.stringMatching(/^long: ChatError/)]);
    await fay.close();
  });
});

describe("[B2] of two copies of a bot", () => {
  test("the second waits until the first has gone, shows nobody as online, and goes on where that stopped", async () => {
    const kim = await device(app, "kim");
    const duty: string[] = [];
    const copy = (name: string) =>
      world.begin("twin", {
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
