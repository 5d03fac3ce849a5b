import { expect, test } from "vitest";
import { bodies, heard, modelServer, online, pass, server } from "./devices.ts";

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
