import { describe, expect, test } from "vitest";
import type { BotOptions } from "../../src/bot/bot.ts";
import { memoryStorage } from "../../src/client/storage/storage.ts";
import type { ClientAsk } from "../../src/protocol/frames/group.ts";
import type { ChatsAnswer } from "../../src/protocol/frames/chats.ts";
import { readReply } from "../../src/protocol/internal/query.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { answers, begin, botServer, cut, net, pass, questions, world } from "./world.ts";

// Entries of the own mailbox that passed while there was no socket are in the views alone.
botServer({ resumeEntries: 1 });

let asked = 0;
async function ask(by: string, group: string, what: ClientAsk, sendsPerSecond = 100) {
  const cid = `asks.${++asked}`;
  const id = group || groupIdOf(by, cid);
  const limits = { members: 1_024, sendsPerSecond };
  const stored = what.do === "create" ? { ...what, limits } : what;
  const event = { type: "GroupAsked", author: by, group: id, device: by, cid, ask: stored };
  await world.state(by, by, event as Parameters<typeof world.state>[2]);
  return id;
}
/** Ann makes a group. */
const gather = (...members: string[]): Promise<string> =>
  ask("ann", "", { do: "create", name: "Hikers", members });

let said = 0;
/** Somebody writes to a group. */
async function write(from: string, to: string, body: string, mentions?: string[]): Promise<void> {
  const sent = { type: "MessageSent", author: from, to, device: from, body } as const;
  const cid = `${from}.${++said}`;
  await world.state(from, from, { ...sent, cid, ...(mentions && { mentions }) });
}
/** How far the bot's device has read in a group, and what its user has not. */
async function standing(group: string) {
  const query = { view: "chats", owner: "bot", device: "bot", atLeast: 0, limit: 10 } as const;
  const reply = readReply(await world.ask(query));
  const { chats } = JSON.parse("result" in reply ? reply.result : "{}") as ChatsAnswer;
  const row = chats.find(({ peer }) => peer === group);
  return { readHere: row?.readHere, unread: row?.unread };
}

describe("[B1] a bot in a group", () => {
  test.each([
    ["mentioned", ["two"]],
    ["all", ["one", "two", "three"]],
    ["none", []],
  ] as const)(
    "answers %s, in order, and has read what it does not answer",
    async (groups, wanted) => {
      const { heard } = begin(groups === "mentioned" ? {} : { groups });
      const group = await gather("bot", "ben");
      await pass(100);
      await write("ann", group, "one");
      await write("ben", group, "two", ["ann", "bot"]);
      await write("ann", group, "three", ["ben"]);
      await pass(70_000);
      expect(heard).toEqual(wanted);
      expect(answers(group)).toEqual(wanted.map((body) => `${body}!`));
      expect(await standing(group)).toMatchObject({ unread: 0 });
    },
  );

  test("is told which group it is and whom a message is for, and may say so itself", async () => {
    const met: (readonly unknown[])[] = [];
    begin({
      onMessage: ({ id, author, group, mentions }, turn) => {
        met.push([id.split(":")[0], author, group, mentions]);
        turn.answer("you", { mentions: [author] });
      },
    });
    const group = await gather("bot");
    await write("ann", group, "who?", ["bot"]);
    await pass(5_000);
    expect(met).toEqual([[group, "ann", group, ["bot"]]]);
    const own = world.history("bot", group, 10).filter(({ author }) => author === "bot");
    expect(own).toMatchObject([{ body: "you", mentions: ["ann"] }]);
  });

  test.each([true, false])(
    "sends no answer again that was stored before it could be told so; with a disk: %s",
    async (hasDisk) => {
      const more: Partial<BotOptions> = { groups: "all" };
      if (hasDisk) more.storage = memoryStorage();
      const said2 = ({ body }: { body: string }, turn: { answer(text: string): void }): void => {
        turn.answer(`${body} one`);
        turn.answer(`${body} two`);
      };
      const { bot } = begin({
        ...more,
        onMessage: async (message, turn) => {
          said2(message, turn);
          await new Promise(() => undefined);
        },
      });
      const group = await gather("bot");
      await pass(5_000);
      await write("ann", group, "hello");
      await pass(50);
      expect(answers(group)[0]).toBe("hello one");
      net.isDown = true;
      cut();
      await pass(1_000);
      void bot.stop(0);
      await pass(1_000);
      await write("ann", group, "again");
      net.isDown = false;
      const { heard } = begin({ ...more, onMessage: said2 });
      await pass(70_000);
      expect(heard).toEqual(["hello", "again"]);
      expect(answers(group)).toEqual(["hello one", "hello two", "again one", "again two"]);
    },
  );

  test("reads the group when it comes back, and asks nothing about one that is answered", async () => {
    const { bot } = begin({ groups: "all" });
    const [one, two] = [await gather("bot"), await gather("bot", "ben")];
    await pass(100);
    await write("ann", one, "hello");
    await write("ann", two, "hello");
    await pass(70_000);
    await bot.stop();
    await write("ben", two, "news");
    const before = questions("keyed").length;
    const { heard } = begin({ groups: "all" });
    await pass(5_000);
    expect(heard).toEqual(["news"]);
    expect(questions("keyed").slice(before)).toMatchObject([{ group: two }]);
    expect(answers(two)).toEqual(["hello!", "news!"]);
  });

  test("goes on behind a group that it missed more of than a resume brings", async () => {
    const { heard } = begin();
    const group = await ask("ann", "", { do: "create", name: "Full", members: ["bot"] }, 1_000);
    await pass(5_000);
    net.isDown = true;
    cut();
    const forBot = ["0", "250", "504"];
    for (let i = 0; i < 505; i++)
      await write("ann", group, `${i}`, forBot.includes(`${i}`) ? ["bot"] : []);
    net.isDown = false;
    await pass(20_000);
    expect(heard).toEqual(forBot);
    expect(answers(group)).toEqual(forBot.map((body) => `${body}!`));
    expect(questions("grouphistory").length).toBeGreaterThan(5);
  });

  test("answers nobody from before it came in, and nothing any more when it is out", async () => {
    const { heard, errors } = begin({ groups: "all" });
    const group = await gather("ben");
    await write("ann", group, "before");
    await ask("ann", group, { do: "add", users: ["bot"] });
    await pass(100);
    await write("ann", group, "during");
    await pass(2_000);
    net.isDown = true;
    cut();
    await write("ann", group, "unanswered");
    await ask("ann", group, { do: "remove", user: "bot" });
    await write("ann", group, "between");
    net.isDown = false;
    await pass(10_000);
    await ask("ann", group, { do: "add", users: ["bot"] });
    await pass(100);
    await write("ann", group, "after");
    await pass(10_000);
    expect([heard, errors]).toEqual([["during", "after"], []]);
    expect(answers(group)).toEqual(["during!", "after!"]);
  });

  test("is done with what it is answering when it is shown out", async () => {
    let go: () => void = () => undefined;
    const held = new Promise<void>((open) => (go = open));
    const { heard, errors } = begin({
      groups: "all",
      onMessage: async ({ body }, turn) => {
        if (body === "held") await held;
        turn.answer(`${body}!`);
      },
    });
    const group = await gather("bot");
    await pass(5_000);
    await write("ann", group, "held");
    await pass(100);
    await ask("ann", group, { do: "remove", user: "bot" });
    go();
    await pass(70_000);
    await write("ann", "bot", "alone");
    await pass(1_000);
    expect([heard, errors, answers("ann")]).toEqual([["held", "alone"], [], ["alone!"]]);
  });

  test("answers a group that is busy once it is not, each message once", async () => {
    const { heard } = begin({
      groups: "all",
      onMessage: ({ body }, turn) => {
        for (let k = 1; k <= 8; k++) turn.answer(`${body} ${k}`);
      },
    });
    const group = await ask("ann", "", { do: "create", name: "Busy", members: ["bot"] }, 1);
    await pass(100);
    await write("ann", group, "go");
    await pass(600_000);
    expect(heard).toEqual(["go"]);
    expect(answers(group)).toEqual(Array.from({ length: 8 }, (_, k) => `go ${k + 1}`));
  });
});
