import { expect, test } from "vitest";
import { bodies, heard, modelServer, online, only, pass, server, states } from "./devices.ts";

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

test("[G12] a group that is to be loaded anew twice loses nothing that comes meanwhile", async () => {
  const [alice, bob] = [await online("alice"), await online("bob")];
  const making = alice.createGroup({ name: "Chess", members: ["bob"] });
  await pass(200);
  const group = await making;
  const { epoch } = server.log;
  const seq = server.groups.head("bob", group);
  const before = states(bob);
  for (const body of ["one", "two"]) {
    only("bob").tell({ t: "resync", mailbox: group, epoch, seq, reason: "too-long" });
    alice.send(group, body);
    await pass(5);
  }
  await pass(1_000);
  alice.send(group, "three");
  await pass(1_000);
  expect(bodies(bob, group).filter(Boolean)).toEqual(["one", "two", "three"]);
  expect(before).not.toContain("waiting");
});

test("[G12] what a group is, of which the views did not know in time, is asked once more on the same socket", async () => {
  const [alice, bob] = [await online("alice"), await online("bob")];
  const before = states(bob);
  const making = alice.createGroup({ name: "Chess" });
  await pass(200);
  const group = await making;
  const late = { t: "group", code: "not_found", retryable: false } as const;
  server.refusals.push(late, late, late);
  void alice.group(group).add(["bob"]);
  await pass(1_000);
  expect(bob.group(group).details.receipts).toBeUndefined();
  await pass(10_000);
  expect(bob.group(group).details.receipts).toBe(true);
  // Its answer has to know that he is in.
  const head = server.groups.head("bob", group);
  const ofBob = heard("group").slice(-4);
  expect(ofBob.map(({ atLeast }) => atLeast)).toEqual([head, head, head, head]);
  expect(before).not.toContain("waiting");
});

/** A member whose client was told of a head of the group that is `ahead` of what has come. */
async function behindIn(ahead: number) {
  const [alice, bob] = [await online("alice"), await online("bob")];
  const making = alice.createGroup({ name: "Chess", members: ["bob"] });
  await pass(200);
  const group = await making;
  const head = server.groups.head("bob", group) + ahead;
  return { alice, bob, group, head };
}
const heartbeat = (group: string, head: number): void =>
  only("bob").tell({ t: "pong", head: server.log.seq, heads: { [group]: head } });

test("[G9] a group whose newest events do not come is asked for over another socket", async () => {
  const { alice, bob, group, head } = await behindIn(5);
  const before = states(bob);
  heartbeat(group, head);
  // The own mailbox goes on, and shows nothing of the group.
  for (let n = 0; n < 4; n++) {
    await pass(2_000);
    alice.send("bob", `text ${n}`);
  }
  expect(before).toContain("waiting");
});

test("[G12] while a group is on its way, or is loaded anew, no heartbeat shows a gap", async () => {
  const { bob, group, head } = await behindIn(5);
  const { epoch } = server.log;
  const before = states(bob);
  only("bob").tell({ t: "unfollows", mailbox: group, upTo: head - 5 });
  only("bob").tell({ t: "follows", mailboxes: [{ mailbox: group, epoch, seq: head - 5, head }] });
  heartbeat(group, head);
  await pass(10_000);
  expect(before).not.toContain("waiting");
});
