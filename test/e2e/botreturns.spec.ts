import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { QUEUE_MAX } from "../../src/bot/chattrack.ts";
import { startApp, type App } from "../support/app.ts";
import { bodyOf, botWorld, say, told, type BotWorld } from "../support/botworld.ts";
import { device, type Frame } from "../support/device.ts";

let app: App;
let world: BotWorld;
beforeAll(async () => {
  // A backlog is read from the views, and often.
  app = await startApp({
    RESUME_ENTRIES: "20",
    QUESTIONS_BURST: "1000",
    SENDS_PER_SECOND: "1000",
    SENDS_BURST: "1000",
    FRAMES_BURST: "2000",
    USER_FRAMES_BURST: "3000",
  });
  world = botWorld(app);
});
afterAll(() => app.stop());
afterEach(() => world.stop());

describe("[B1] a bot that comes back", () => {
  test("works through a long backlog in order, each message once, wherever it stops", async () => {
    const gus = await device(app, "gus");
    const bodies = Array.from({ length: 30 }, (_, i) => `${i}`);
    const { bot } = world.begin("late", { onMessage: ({ body }, turn) => turn.answer(`${body}!`) });
    say(gus, "late", "first");
    await gus.until((frame) => bodyOf(frame) === "first!");
    await bot.stop();
    for (const body of bodies) {
      say(gus, "late", body);
      await gus.until((frame) => bodyOf(frame) === body);
    }
    const again = world.begin("late", { onMessage: ({ body }, turn) => turn.answer(`${body}!`) });
    await gus.until((frame) => bodyOf(frame) === "10!");
    await again.bot.stop();
    world.begin("late", { onMessage: ({ body }, turn) => turn.answer(`${body}!`) });
    await gus.until((frame) => bodyOf(frame) === "29!");
    expect(told(gus, "late")).toEqual(["first", ...bodies].map((body) => `${body}!`));
    await gus.close();
  });

  test("to more than a resume would bring goes on with what it was doing, and with all that came", async () => {
    const [lea, mia] = [await device(app, "lea"), await device(app, "mia")];
    let go: () => void = () => undefined;
    let dial: () => void = () => undefined;
    const gate = new Promise<void>((open) => (go = open));
    let online = Promise.resolve();
    const began: string[] = [];
    world.begin("cutoff", {
      getToken: () => online.then(() => app.token("cutoff")),
      onMessage: async ({ body }, turn) => {
        began.push(body);
        if (body === "held") await gate;
        turn.answer(`${body}!`);
      },
    });
    say(lea, "cutoff", "held");
    await expect.poll(() => began).toEqual(["held"]);
    online = new Promise<void>((open) => (dial = open));
    world.cut();
    const bodies = Array.from({ length: 30 }, (_, i) => `${i}`);
    for (const body of bodies) {
      say(mia, "cutoff", body);
      await mia.until((frame) => bodyOf(frame) === body);
    }
    // The answer is given while there is no connection, and behind what the bot has missed.
    go();
    dial();
    await lea.until((frame) => bodyOf(frame) === "held!");
    await mia.until((frame) => bodyOf(frame) === "29!");
    expect(told(lea, "cutoff")).toEqual(["held!"]);
    expect(told(mia, "cutoff")).toEqual(bodies.map((body) => `${body}!`));
    expect(began).toEqual(["held", ...bodies]);
    await Promise.all([lea.close(), mia.close()]);
  });

  test("to more than it keeps in memory, and while as much again comes, answers each once and in order", async () => {
    const pat = await device(app, "pat");
    const many = (from: number): string[] =>
      Array.from({ length: QUEUE_MAX + 40 }, (_, i) => `${from + i}`);
    const [first, second] = [many(0), many(1_000)];
    const isStored = (body?: string) => (frame: Frame) =>
      bodyOf(frame) === body && frame["event"].author === "pat";
    const windows = async (bodies: readonly string[]): Promise<void> => {
      // A client has at most 32 unanswered.
      for (let i = 0; i < bodies.length; i += 32) {
        const some = bodies.slice(i, i + 32);
        say(pat, "hoard", ...some);
        await pat.until(isStored(some.at(-1)));
      }
    };
    await windows(first);
    let go: () => void = () => undefined;
    const gate = new Promise<void>((open) => (go = open));
    const began: string[] = [];
    world.begin("hoard", {
      onMessage: async ({ body }, turn) => {
        began.push(body);
        if (body === "0") await gate;
        turn.answer(`${body}!`);
      },
    });
    await expect.poll(() => began).toEqual(["0"]);
    await windows(second);
    go();
    await pat.until((frame) => bodyOf(frame) === `${second.at(-1)}!`);
    expect(began).toEqual([...first, ...second]);
    expect(told(pat, "hoard")).toEqual([...first, ...second].map((body) => `${body}!`));
    await pat.close();
  });

  test("answers what a person of the same user has read on another device", async () => {
    const ida = await device(app, "ida");
    const human = await device(app, "shared");
    say(ida, "shared", "hello");
    const { event } = await human.until((frame) => bodyOf(frame) === "hello");
    human.say({ t: "read", peer: "ida", upTo: event.position });
    await human.until(({ event: seen }) => seen?.type === "MessageRead");
    world.begin("shared", { onMessage: ({ body }, turn) => turn.answer(`${body}!`) });
    await ida.until((frame) => bodyOf(frame) === "hello!");
    await Promise.all([ida.close(), human.close()]);
  });

  test("stops when what it was doing is answered and told, and leaves the rest", async () => {
    const jon = await device(app, "jon");
    let go: () => void = () => undefined;
    const gate = new Promise<void>((open) => (go = open));
    const began: string[] = [];
    const { bot } = world.begin("leaver", {
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
