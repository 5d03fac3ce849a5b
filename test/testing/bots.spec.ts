import { expect, test } from "vitest";
import { createBot } from "../../src/bot/bot.ts";
import { createTestServer, type TestServer } from "../../src/testing/testing.ts";

async function answersAt(server: TestServer): Promise<string[]> {
  const messages = await server.messages("alice", "echo");
  return messages.filter(({ author }) => author === "echo").map(({ body }) => body);
}

test("[B1][B2] a bot can be tried at the server in memory: it answers, is cut off, and has a second copy", async () => {
  const server = createTestServer();
  const copy = (name: string) => {
    const bot = createBot({
      ...server.optionsFor("echo"),
      deviceId: "echo",
      onMessage: ({ body }, turn) => turn.answer(`${body} by ${name}`),
    });
    bot.start();
    return bot;
  };
  const answers = () => answersAt(server);
  const first = copy("first");
  await expect.poll(() => first.isOnDuty).toBe(true);
  await server.write({ from: "alice", to: "echo", body: "one" });
  await expect.poll(answers).toEqual(["one by first"]);
  const second = copy("second");
  await expect.poll(() => second.user).toBe("echo");
  await server.write({ from: "alice", to: "echo", body: "two" });
  await expect.poll(answers).toEqual(["one by first", "two by first"]);
  await first.stop();
  await server.write({ from: "alice", to: "echo", body: "three" });
  await expect.poll(answers).toEqual(["one by first", "two by first", "three by second"]);
  server.cut("echo");
  await server.write({ from: "alice", to: "echo", body: "four" });
  await expect.poll(async () => (await answers()).at(-1)).toBe("four by second");
  await second.stop();
  server.close();
});

test("[B1][B2] an answer that was never sent, to a message that another copy has finished without one, is not sent any more", async () => {
  const server = createTestServer();
  const { getToken, ...rest } = server.optionsFor("echo");
  let reach: () => void = () => undefined;
  let go: () => void = () => undefined;
  let online = Promise.resolve();
  const held = new Promise<void>((open) => (go = open));
  const began: string[] = [];
  const first = createBot({
    ...rest,
    getToken: (request) => online.then(() => getToken(request)),
    deviceId: "echo",
    onMessage: async ({ body }, turn) => {
      began.push(`${body} by first`);
      await held;
      turn.answer(`${body} by first`);
    },
  });
  const second = createBot({
    ...rest,
    getToken,
    deviceId: "echo",
    onMessage: ({ body }) => void began.push(`${body} by second`),
  });
  first.start();
  await expect.poll(() => first.isOnDuty).toBe(true);
  await server.write({ from: "alice", to: "echo", body: "one" });
  await expect.poll(() => began).toEqual(["one by first"]);
  online = new Promise<void>((open) => (reach = open));
  server.cut("echo");
  await expect.poll(() => first.isOnDuty).toBe(false);
  go();
  second.start();
  await expect.poll(() => began.at(-1)).toBe("one by second");
  await second.stop();
  reach();
  await expect.poll(() => first.isOnDuty).toBe(true);
  await server.write({ from: "alice", to: "echo", body: "two" });
  const answers = () => answersAt(server);
  await expect.poll(async () => (await answers()).at(-1)).toBe("two by first");
  expect(await answers()).toEqual(["two by first"]);
  await first.stop();
  server.close();
});
