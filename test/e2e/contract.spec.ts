import { startApp } from "../support/app.ts";
import { dial } from "../support/device.ts";
import { groupContract } from "../support/groupcontract.ts";
import { protocolContract, type Spoken } from "../support/protocolcontract.ts";

async function start(): Promise<Spoken> {
  const app = await startApp();
  return {
    dial: (user) => dial(app, user),
    token: (user) => app.token(user),
    stop: () => app.stop(),
  };
}

protocolContract("the server", start);
groupContract("the server", start);
