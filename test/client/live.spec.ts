import { expect, test } from "vitest";
import { device, gather, modelServer, online, pass, server } from "./devices.ts";

modelServer();

const lives = (shown: { message: { body: string }; live: boolean }[]) =>
  shown.map(({ message: { body }, live }) => [body, live]);

test("[C8] a message is live if its event came behind caughtUp, and backlog if before", async () => {
  const alice = await online("alice");
  alice.send("bob", "before bob came");
  await pass(100);
  const bob = device("bob");
  const shown = gather(bob, "message");
  bob.connect();
  await pass(100);
  alice.send("bob", "while bob is here");
  await pass(100);
  server.down = true;
  server.cut("bob");
  alice.send("bob", "while bob is away");
  await pass(100);
  server.down = false;
  await pass(20_000);
  alice.send("bob", "when bob is back");
  await pass(100);
  expect(lives(shown)).toEqual([
    ["before bob came", false],
    ["while bob is here", true],
    ["while bob is away", false],
    ["when bob is back", true],
  ]);
});

test("[C8] what the views bring behind a resync comes as no message, and events behind it are live", async () => {
  const alice = await online("alice");
  for (const body of ["one", "two"]) alice.send("bob", body);
  await pass(100);
  server.gapMax = 0;
  const bob = device("bob");
  const shown = gather(bob, "message");
  server.refusals.push({ t: "chats", code: "unavailable", retryable: true, retryAfterMs: 500 });
  bob.connect();
  await pass(100);
  alice.send("bob", "while the views are asked");
  await pass(1_000);
  alice.send("bob", "later");
  await pass(100);
  expect(bob.messages("alice").items.map(({ body }) => body)).toContain(
    "while the views are asked",
  );
  expect(lives(shown)).toEqual([["later", true]]);
});

test("[C8] a message that is written here is no news, and is told once", async () => {
  const [phone, laptop] = [await online("alice"), await online("alice")];
  const [here, there] = [gather(phone, "message"), gather(laptop, "message")];
  phone.send("bob", "hi");
  await pass(100);
  expect(here).toMatchObject([{ live: false, message: { status: "pending" } }]);
  expect(lives(there)).toEqual([["hi", true]]);
});
