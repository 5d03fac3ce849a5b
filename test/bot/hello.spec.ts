import { expect, test } from "vitest";
import { createBot } from "../../src/bot/bot.ts";
import { heard, modelServer, pass, server } from "../client/devices.ts";

modelServer();

test("[B2] a bot that was cut off replaces no session: what its last one has said may still be stored", async () => {
  const bot = createBot({
    url: "ws://x",
    getToken: async () => "echo",
    webSocket: server.socket(),
    deviceId: "echo",
    onMessage: () => undefined,
  });
  bot.start();
  await pass(100);
  server.cut("echo");
  await pass(5_000);
  expect(heard("hello")).toHaveLength(2);
  for (const hello of heard("hello")) expect(hello).not.toHaveProperty("replaces");
  await bot.stop(0);
});
