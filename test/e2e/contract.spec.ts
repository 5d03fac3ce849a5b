import { startApp } from "../support/app.ts";
import { dial } from "../support/device.ts";
import { protocolContract } from "../support/protocolcontract.ts";

protocolContract("the server", async () => {
  const app = await startApp();
  return {
    dial: (user) => dial(app, user),
    token: (user) => app.token(user),
    stop: () => app.stop(),
  };
});
