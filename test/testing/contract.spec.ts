import { createTestServer } from "../../src/testing/testing.ts";
import { groupContract } from "../support/groupcontract.ts";
import { protocolContract, type Spoken } from "../support/protocolcontract.ts";
import { talkOver } from "../support/talker.ts";

async function start(): Promise<Spoken> {
  const server = createTestServer();
  return {
    dial: (user) => talkOver(new server.webSocket("ws://double"), user),
    token: async (user) => user,
    stop: async () => server.close(),
  };
}

protocolContract("the double in memory", start);
groupContract("the double in memory", start);
