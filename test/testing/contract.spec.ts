import { createTestServer } from "../../src/testing/testing.ts";
import { protocolContract } from "../support/protocolcontract.ts";
import { talkOver } from "../support/talker.ts";

protocolContract("the double in memory", async () => {
  const server = createTestServer();
  return {
    dial: (user) => talkOver(new server.webSocket("ws://double"), user),
    token: async (user) => user,
    stop: async () => server.close(),
  };
});
