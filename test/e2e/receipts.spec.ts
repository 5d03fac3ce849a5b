import { expect, test } from "vitest";
import { NEVER } from "../../src/events/instant.ts";
import { streamLog } from "../../src/nats/read/streamlog.ts";
import { device } from "../support/device.ts";
import { startStore, until } from "../broker/support.ts";
import { openGateway } from "./gateway.ts";

test("a receipt that was stored is stored again when it is said behind the beginning of a generation", async () => {
  const store = await startStore();
  const app = await openGateway(store);
  const stored: number[] = [];
  store.follow(0, (batch) => {
    for (const { raw } of batch) {
      const event = JSON.parse(raw) as { type: string; upTo: number };
      if (event.type === "MessageDelivered") stored.push(event.upTo);
    }
  });
  const first = await device(app, "alice");
  first.say({ t: "delivered", peer: "bob", upTo: 5 });
  await until(() => stored.length === 1);
  first.say({ t: "delivered", peer: "bob", upTo: 5 });
  first.say({ t: "delivered", peer: "bob", upTo: 6 });
  await until(() => stored.length === 2);

  const log = streamLog(0, store.link, store.topology);
  const { seq, owner } = await log.owner();
  const marks = [{ generation: 1, from: (await log.end()) + 1, before: NEVER }];
  expect(await log.say({ ...owner, type: "GenerationBegan", marks }, seq)).toBeDefined();
  await first.closed;

  const second = await device(app, "alice");
  second.say({ t: "delivered", peer: "bob", upTo: 6 });
  await until(() => stored.length === 3);
  expect(stored).toEqual([5, 6, 6]);
});
