import { expect, test } from "vitest";
import { createBot } from "../../src/bot/bot.ts";
import { createTestServer } from "../../src/testing/testing.ts";

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
  const answers = async (): Promise<string[]> =>
    (await server.messages("alice", "echo"))
      .filter(({ author }) => author === "echo")
      .map(({ body }) => body);
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
