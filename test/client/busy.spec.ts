import { expect, test } from "vitest";
import { memoryStorage } from "../../src/client/storage/storage.ts";
import { bodies, device, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

test("[G12] nothing more goes out to a group that is busy until all that is stored there has its outcome", async () => {
  const alice = await online("alice", { random: () => 0 });
  const making = alice.createGroup({ name: "Chess" });
  await pass(500);
  const group = await making;
  Object.assign(server.groups, { busy: 2, decidesMs: 500 });
  alice.send(group, "one");
  await pass(50);
  server.groups.decidesMs = 20_000;
  alice.send(group, "two");
  await pass(15_000);
  expect(heard("send").map(({ body }) => body)).toEqual(["one", "two"]);
  server.groups.decidesMs = 0;
  await pass(60_000);
  expect(heard("send").map(({ body }) => body)).toEqual(["one", "two", "one", "two"]);
  expect(bodies(alice, group).slice(1)).toEqual(["one", "two"]);
});

test("[G12] a message that is stored is failed, as one of which nobody knows what came of it, a minute behind words of the group that have passed unseen", async () => {
  const storage = memoryStorage();
  const [alice, bob] = [await online("alice", { storage }), await online("bob")];
  const making = alice.createGroup({ name: "Chess", members: ["bob"] });
  await pass(500);
  const group = await making;
  server.groups.decidesMs = 3_000;
  for (let n = 0; n < 10; n++) bob.send(group, `text ${n}`);
  await pass(200);
  // The log loses what the group was asked by this one.
  server.groups.decidesMs = 1e9;
  alice.send(group, "lost");
  await pass(200);
  expect(alice.messages(group).items.at(-1)).toMatchObject({ body: "lost", status: "sent" });
  await alice.close();
  await pass(5_000);
  server.gapMax = 5;
  const back = device("alice", { storage });
  back.connect();
  await pass(58_000);
  const lost = () => back.messages(group).items.find(({ body }) => body === "lost");
  expect(bodies(back, group)).toContain("text 9");
  expect(lost()).toMatchObject({ status: "sent" });
  await pass(5_000);
  expect(lost()).toMatchObject({ status: "failed", error: "outcome.unknown" });
});
