import { expect, test } from "vitest";
import { heard, modelServer, online, only, pass, server } from "./devices.ts";

modelServer();

test("[G12] groups that are loaded anew at once are looked up in one list of chats, and later on the same socket in a new one", async () => {
  const [alice, bob] = [await online("alice"), await online("bob")];
  const groups: string[] = [];
  for (const name of ["Chess", "Tea"]) {
    const making = alice.createGroup({ name, members: ["bob"] });
    await pass(200);
    groups.push(await making);
  }
  const names = (): unknown[] => groups.map((id) => bob.group(id).details.name);
  const loadAnew = async (): Promise<void> => {
    const { epoch } = server.log;
    for (const mailbox of groups) {
      const seq = server.groups.head("bob", mailbox);
      only("bob").tell({ t: "resync", mailbox, epoch, seq, reason: "too-long" });
    }
    await pass(200);
  };
  const before = heard("chats").length;
  await loadAnew();
  expect(heard("chats")).toHaveLength(before + 1);
  const naming = alice.group(groups[0] ?? "").describe({ name: "Go" });
  await pass(200);
  await naming;
  expect(names()).toEqual(["Go", "Tea"]);
  await loadAnew();
  expect(names()).toEqual(["Go", "Tea"]);
  expect(heard("chats")).toHaveLength(before + 2);
});
