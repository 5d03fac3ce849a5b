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

/** A chat in a group: alice has written, and bob has read it. */
async function readByBob() {
  const told = await behindIn(0);
  const { alice, bob, group } = told;
  for (const body of ["one", "two"]) alice.send(group, body, { key: body });
  await pass(1_000);
  bob.markRead(group);
  await pass(2_000);
  const anew = async (user: string, reason: "too-long" | "rolled-back"): Promise<void> => {
    const seq = server.groups.head(user, group);
    const { epoch } = server.log;
    only(user).tell({ t: "resync", mailbox: group, epoch, seq, reason });
    await pass(500);
  };
  const unread = (): number | undefined =>
    bob.chats().items.find(({ peer }) => peer === group)?.unread;
  return { ...told, anew, unread };
}

test("[G12] what was read of a group stands behind a load, but not where its log is another one", async () => {
  const { alice, bob, group, anew, unread } = await readByBob();
  // The server does not have it yet.
  server.refusals = [{ t: "read", code: "unavailable", retryable: true, retryAfterMs: 60_000 }];
  for (const body of ["three", "four"]) alice.send(group, body);
  await pass(1_000);
  bob.markRead(group);
  await anew("bob", "too-long");
  expect(unread()).toBe(0);
  await anew("bob", "rolled-back");
  expect(unread()).toBe(2);
});

test("[G12] the list of chats says how far a group is read, but what the own mailbox has told stands above it", async () => {
  const { group, anew, unread } = await readByBob();
  server.groups.all.get(group)?.marks.set("bob", { delivered: 0, read: 0 });
  await anew("bob", "too-long");
  expect(unread()).toBe(0);
  await anew("bob", "rolled-back");
  expect(unread()).toBe(2);
});

test("[G12] nobody says behind a load that their own messages were delivered", async () => {
  const { group, anew } = await readByBob();
  const told = () => heard("delivered").filter(({ peer }) => peer === group).length;
  const before = told();
  await anew("alice", "rolled-back");
  await pass(3_000);
  expect(told()).toBe(before);
});

test("[C7] a key of a group's message is known behind a load, but not where its log is another one", async () => {
  const { alice, group, anew } = await readByBob();
  const [, first] = alice.messages(group).items;
  await anew("alice", "too-long");
  expect(alice.send(group, "one", { key: "one" }).cid).toBe(first?.cid);
  await anew("alice", "rolled-back");
  expect(alice.send(group, "one", { key: "one" }).cid).not.toBe(first?.cid);
});

test("[G12] a message that is on its way is struck out by the page that shows it, and goes out once", async () => {
  const { alice, group } = await readByBob();
  server.down = true;
  server.cut("alice");
  const { cid } = alice.send(group, "three");
  const fact = { type: "MessageSent", author: "alice", to: group, device: "d" } as const;
  server.store("alice", { ...fact, cid, body: "three" });
  Object.assign(server, { gapMax: 0, down: false });
  await pass(25_000);
  expect(bodies(alice, group).filter((body) => body === "three")).toHaveLength(1);
  expect(alice.messages(group).items.at(-1)?.status).not.toBe("pending");
  expect(heard("send").filter(({ body }) => body === "three")).toEqual([]);
});

test("[G12] a load that fails is told to nobody: the next connection has it again", async () => {
  const { bob, group, anew, alice } = await readByBob();
  const seen = states(bob);
  server.refusals.push({ t: "history", code: "forbidden", retryable: false });
  await anew("bob", "too-long");
  expect(seen).toContain("waiting");
  await pass(20_000);
  alice.send(group, "after");
  await pass(500);
  expect(bodies(bob, group).at(-1)).toBe("after");
});

test("[G12] unread is as the list of chats says where older pages cannot be had, and what comes meanwhile counts once", async () => {
  const { alice, bob, group, anew, unread } = await readByBob();
  for (let n = 0; n < 120; n++) alice.send(group, `text ${n}`);
  await pass(5_000);
  const refusal = { t: "history", code: "forbidden", retryable: false } as const;
  let pages = 0;
  server.onHeard = ({ t }) => {
    if (t === "chats") alice.send(group, "meanwhile");
    if (t === "history" && pages++ > 0) server.refusals.push(refusal);
  };
  await anew("bob", "too-long");
  expect(bob.messages(group)).toMatchObject({ hasEarlier: true, items: { length: 100 } });
  expect(unread()).toBe(121);
  expect(bob.chats().items[0]).not.toHaveProperty("mentioned");
  // Where they can be had, they are loaded until all of it is counted.
  server.onHeard = () => undefined;
  await anew("bob", "too-long");
  expect([bob.messages(group).hasEarlier, unread()]).toEqual([false, 121]);
});
