import { expect, test } from "vitest";
import { startStore, until } from "../broker/support.ts";
import { device } from "../support/device.ts";
import { openGateway } from "./gateway.ts";

test("[M4] a gateway that has its broker back asks for heads of a log as long as it knows it to be", async () => {
  const store = await startStore();
  const { mailboxes } = store;
  const head = mailboxes.head.bind(mailboxes);
  const asked: (number | undefined)[] = [];
  mailboxes.head = (owner, atLeast) => {
    asked.push(atLeast);
    return head(owner, atLeast);
  };
  const app = await openGateway(store);
  const alice = await device(app, "alice");
  const { head: known } = alice.frames.find(({ t }) => t === "welcome") as unknown as {
    head: number;
  };
  await store.crash();
  await until(() => asked.length > 0);
  expect(asked).toEqual([known]);
});
