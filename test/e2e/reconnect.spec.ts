import { expect, test } from "vitest";
import { startStore, until } from "../broker/support.ts";
import { device } from "../support/device.ts";
import { openGateway } from "./gateway.ts";

test("[M4] a gateway that has its broker back, and hears no owner, asks once for all heads, as far as an entry of its own", async () => {
  const store = await startStore();
  const { mailboxes } = store;
  const heads = mailboxes.heads.bind(mailboxes);
  const asked: { users: readonly string[]; atLeast: number }[] = [];
  const app = await openGateway(store);
  const devices = await Promise.all(["alice", "bob", "carol"].map((user) => device(app, user)));
  const known = Math.max(...devices.flatMap(({ frames }) => frames.map(({ head = 0 }) => head)));
  await store.broker.kill();
  await until(() => !store.link.connected());
  mailboxes.heads = (k, users, atLeast) => {
    asked.push({ users, atLeast });
    return heads(k, users, atLeast);
  };
  await store.broker.restart();
  await until(() => asked.length > 0);
  expect(asked[0]?.users.toSorted()).toEqual(["alice", "bob", "carol"]);
  expect(asked[0]?.atLeast).toBeGreaterThan(known);
});
