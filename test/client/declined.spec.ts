import { expect, test } from "vitest";
import { modelServer, online, pass, server } from "./devices.ts";

modelServer();

test("[G12] a group that the user's actor declines ends a making or joining, and nothing else that they have said to it", async () => {
  const [alice, bob] = [await online("alice"), await online("bob")];
  const making = alice.createGroup({ name: "Chess", members: ["bob"] });
  await pass(200);
  const id = await making;
  void alice.group(id).remove("bob");
  await pass(200);
  for (const socket of server.of("bob")) socket.dead = true;
  bob.send(id, "let me in");
  const naming = bob.group(id).describe({ name: "Go" });
  const code = naming.catch((error: { code: string }) => error.code);
  server.groups.most = 0;
  void alice.group(id).add(["bob"]);
  await pass(120_000);
  expect(bob.messages(id).items.at(-1)).toMatchObject({ status: "failed", error: "not_found" });
  expect(await code).toBe("not_found");
});
