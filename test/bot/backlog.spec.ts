import { describe, expect, test } from "vitest";
import { QUEUE_MAX } from "../../src/bot/chattrack.ts";
import { memoryStorage } from "../../src/client/storage/storage.ts";
import { CHATS_MAX } from "../../src/protocol/frames/chats.ts";
import { HISTORY_MAX } from "../../src/protocol/frames/history.ts";
import { answers, begin, botServer, cut, net, pass, questions, say, world } from "./world.ts";

// Every gap is told by a resync: what came meanwhile is in the views alone.
botServer({ resumeEntries: 1 });

const bodies = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${from + i}`);
const sayAll = async (from: string, texts: string[]): Promise<void> => {
  for (const text of texts) await say(from, text);
};
const answered = (texts: string[]): string[] => texts.map((text) => `${text}!`);

describe("[B1] a bot that comes back", () => {
  test("reads a chat back over pages, page for page, to where it was, and answers in order", async () => {
    const { bot } = begin();
    await sayAll("ann", bodies(0, 3));
    await pass(100);
    await bot.stop();
    const later = bodies(3, 3 + 2 * HISTORY_MAX + 10);
    await sayAll("ann", later);
    const { heard } = begin();
    await pass(20_000);
    expect(heard).toEqual(later);
    expect(answers("ann").slice(0, 3)).toEqual(answered(bodies(0, 3)));
    expect(answers("ann").slice(3)).toEqual(answered(later));
  });

  test("reads no page further back than that in which its position lies", async () => {
    const { bot } = begin();
    // Each is answered before the next: the position lies in the last page.
    for (const text of bodies(0, HISTORY_MAX)) {
      await say("ann", text);
      await pass(10);
    }
    await pass(5_000);
    await bot.stop();
    await say("ann", "news");
    const before = questions("history").length;
    const { heard } = begin();
    await pass(5_000);
    expect(heard).toEqual(["news"]);
    expect(questions("history").length - before).toBe(1);
  });

  test("works through more than it keeps in memory, and what comes meanwhile", async () => {
    const all = bodies(0, 2 * QUEUE_MAX + 20);
    await sayAll("ann", all);
    const { heard } = begin();
    await pass(300);
    await sayAll("ann", ["one more"]);
    await pass(60_000);
    expect(heard).toEqual([...all, "one more"]);
    expect(answers("ann")).toEqual(answered([...all, "one more"]));
  });

  test("finds each chat of more than one page of them, and asks nothing about those that are answered", async () => {
    const people = Array.from({ length: CHATS_MAX + 5 }, (_, i) => `p${i}`);
    for (const person of people) await say(person, "hello");
    const { bot, heard } = begin();
    await pass(60_000);
    expect(heard.toSorted()).toEqual(people.map(() => "hello"));
    for (const person of people) expect(answers(person)).toEqual(["hello!"]);
    await bot.stop();
    await say("p3", "again");
    const before = questions("history").length;
    begin();
    await pass(20_000);
    expect(answers("p3")).toEqual(["hello!", "again!"]);
    expect(questions("history").length - before).toBe(1);
  });

  test("sends no answer again that was stored before it could be told so, with a disk or none", async () => {
    for (const storage of [memoryStorage(), undefined]) {
      const more = storage === undefined ? {} : { storage };
      const { bot } = begin({
        ...more,
        onMessage: async ({ body }, turn) => {
          turn.answer(`${body} one`);
          turn.answer(`${body} two`);
          await new Promise(() => undefined);
        },
      });
      await say("ann", "hello");
      await pass(50);
      // The first answer is stored; nothing more goes out, and the position is not told.
      net.isDown = true;
      cut();
      await pass(1_000);
      void bot.stop(0);
      await pass(1_000);
      net.isDown = false;
      const next = begin({
        ...more,
        onMessage: ({ body }, turn) => {
          turn.answer(`${body} one`);
          turn.answer(`${body} two`);
        },
      });
      await pass(70_000);
      await next.bot.stop();
    }
    expect(answers("ann")).toEqual(["hello one", "hello two", "hello one", "hello two"]);
  });
});

describe("[B1] a message that comes", () => {
  test("and is worked on while more is missed than a resume brings, is worked on to its end, once", async () => {
    let go: () => void = () => undefined;
    const held = new Promise<void>((open) => (go = open));
    const { heard } = begin({
      onMessage: async ({ body }, turn) => {
        if (body === "held") await held;
        turn.answer(`${body}!`);
      },
    });
    await say("ann", "held");
    await pass(100);
    net.isDown = true;
    cut();
    await sayAll("ben", bodies(0, 5));
    net.isDown = false;
    await pass(5_000);
    go();
    await pass(5_000);
    expect(heard).toEqual(["held", ...bodies(0, 5)]);
    expect([answers("ann"), answers("ben")]).toEqual([["held!"], answered(bodies(0, 5))]);
  });

  test("while a chat is read is answered behind what was read", async () => {
    const { heard } = begin();
    await pass(100);
    net.isDown = true;
    cut();
    await sayAll("ann", bodies(0, 5));
    await pass(100);
    net.isDown = false;
    world.deaf.add("history");
    await pass(5_000);
    await say("ann", "behind");
    await pass(100);
    expect(heard).toEqual([]);
    world.deaf.clear();
    await pass(70_000);
    expect(heard).toEqual([...bodies(0, 5), "behind"]);
    expect(answers("ann")).toEqual(answered([...bodies(0, 5), "behind"]));
  });
});

test("[B3] a handler has all the time that it is given, also where that is beyond a timer's range", async () => {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const { errors } = begin({
    handlerMs: 2 ** 40,
    onMessage: async ({ body }, { answer }) => {
      await over;
      answer(`${body}!`);
    },
  });
  await say("ann", "slow");
  await pass(90_000);
  end();
  await pass(1_000);
  expect([answers("ann"), errors]).toEqual([["slow!"], []]);
});
