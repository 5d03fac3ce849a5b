import { describe, expect, test } from "vitest";
import type { ChatClient } from "../../src/client/client.ts";
import { memoryStorage } from "../../src/client/storage/storage.ts";
import {
  bodies,
  device,
  gather,
  heard,
  modelServer,
  online,
  pass,
  server,
  statuses,
} from "./devices.ts";

modelServer();

/** The end of a promise, once time has passed: its value, or the code of its error. */
async function outcome<T>(promise: Promise<T>, ms = 200): Promise<T | string> {
  const settled = promise.catch((error: { code: string }) => error.code);
  await pass(ms);
  return Promise.race([settled, Promise.resolve("open")]);
}
async function made(client: ChatClient, members: readonly string[] = ["bob"]): Promise<string> {
  return outcome(client.createGroup({ name: "Chess", members }));
}
const info = (client: ChatClient, id: string) => client.group(id).details;

describe("a group", () => {
  test("[G12] is made when its event has come, and is there for all with its name", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const id = await made(alice);
    expect(id).toMatch(/^g-/);
    expect(info(alice, id)).toMatchObject({ name: "Chess", role: "admin", members: 2 });
    expect(info(bob, id)).toMatchObject({ name: "Chess", role: "member", members: 2 });
    expect(bob.chats().items).toMatchObject([
      { peer: id, unread: 0, last: { change: { do: "create" } } },
    ]);
  });

  test("[G12] is not made where the user's actor declines it", async () => {
    const alice = await online("alice");
    server.groups.most = 0;
    expect(await made(alice)).toBe("limit.groups");
  });

  test("[G12] is known by its name of today to who comes back", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const id = await made(alice);
    await outcome(bob.group(id).leave());
    await outcome(alice.group(id).describe({ name: "Go" }));
    await outcome(alice.group(id).add(["bob"]));
    expect(info(bob, id)).toMatchObject({ name: "Go", role: "member" });
  });

  test("[G12] shows what came of it to who was in it only while they were away", async () => {
    const [alice, carol] = [await online("alice"), await online("carol")];
    const id = await made(alice);
    for (const socket of server.of("carol")) socket.dead = true;
    await outcome(alice.group(id).add(["carol"]));
    alice.send(id, "for a moment");
    await pass(50);
    await outcome(alice.group(id).remove("carol"));
    await pass(120_000);
    expect(bodies(carol, id)).toContain("for a moment");
    expect(info(carol, id).left).toBe("removed");
  });

  test("[G12] an ask that is refused throws its code, and what it said is not shown", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const id = await made(alice, ["bob", "carol"]);
    expect(await outcome(bob.group(id).remove("carol"))).toBe("forbidden");
    expect(await outcome(alice.group(id).add(["bob"]))).toBe("group.no_change");
    expect(await outcome(alice.group(id).promote("bob"))).toBeUndefined();
    expect(info(bob, id).role).toBe("admin");
    await expect(alice.group(id).add([])).rejects.toMatchObject({ code: "frame.invalid" });
    await expect(alice.group(id).add(["g-x"])).rejects.toMatchObject({ code: "id.invalid" });
    await expect(alice.createGroup({ name: "" })).rejects.toMatchObject({ field: "ask.name" });
    expect(heard("ask")).toHaveLength(4);
  });

  test("[G12] an ask outlives its connection, and its page", async () => {
    const storage = memoryStorage();
    const alice = await online("alice", { storage });
    const id = await made(alice);
    server.lagMs = 50;
    server.cut("alice");
    const added = alice.group(id).add(["carol"]);
    expect(await outcome(added, 5_000)).toBeUndefined();
    server.down = true;
    server.cut("alice");
    void alice
      .group(id)
      .describe({ name: "Go" })
      .catch(() => undefined);
    await pass(10);
    await alice.close();
    server.down = false;
    const again = device("alice", { storage });
    again.connect();
    await pass(3_000);
    expect(info(again, id).name).toBe("Go");
  });

  test("[G12] a link lets in whoever has it, and nobody once it is void", async () => {
    const [alice, carol] = [await online("alice"), await online("carol")];
    const id = await made(alice);
    const link = await outcome(alice.group(id).invite());
    expect(await outcome(carol.joinGroup(`https://chat.example/#${String(link)}`))).toBe(id);
    expect(info(carol, id).name).toBe("Chess");
    await outcome(alice.group(id).invite(false));
    const dave = await online("dave");
    expect(await outcome(dave.joinGroup(String(link)))).toBe("not_found");
    await expect(dave.joinGroup("nonsense")).rejects.toMatchObject({ code: "not_found" });
  });

  test("[G12] messages are shown to all in one order, with ticks of all", async () => {
    const [alice, bob, carol] = [await online("alice"), await online("bob"), await online("carol")];
    const id = await made(alice, ["bob", "carol"]);
    const news = gather(bob, "message");
    alice.send(id, "one", { mentions: ["bob"] });
    expect(statuses(alice, id).at(-1)).toBe("pending");
    await pass(100);
    bob.send(id, "two");
    await pass(3_000);
    for (const client of [alice, bob, carol])
      expect(bodies(client, id)).toEqual(["", "one", "two"]);
    expect(statuses(alice, id).at(1)).toBe("delivered");
    expect(news.map(({ message, live }) => [message.author, live])).toContainEqual(["alice", true]);
    expect(bob.chats().items[0]).toMatchObject({ unread: 1, mentioned: true });
    expect(carol.chats().items[0]).toMatchObject({ unread: 2 });
    expect(carol.chats().items[0]).not.toHaveProperty("mentioned");
    bob.markRead(id);
    carol.markRead(id);
    await pass(2_000);
    expect(statuses(alice, id).at(1)).toBe("read");
    expect(bob.chats().items[0]?.unread).toBe(0);
    expect(bob.message(id, String(bob.messages(id).items[1]?.id))?.mine).toBe(false);
  });

  test("[G12] who is removed sees up to that, and what they send is refused on the bubble", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const id = await made(alice);
    const told = gather(bob, "group");
    await outcome(alice.group(id).remove("bob"));
    expect(info(bob, id)).toMatchObject({ left: "removed" });
    expect(told).toContainEqual({ group: id });
    alice.send(id, "secret");
    bob.send(id, "let me in");
    await pass(100);
    expect(bodies(bob, id)).toEqual(["", "", "let me in"]);
    expect(bob.messages(id).items.at(-1)).toMatchObject({ status: "failed", error: "not_found" });
    await outcome(alice.group(id).add(["bob"]));
    await pass(100);
    expect(bodies(bob, id)).not.toContain("secret");
    bob.retry(bob.messages(id).items.find(({ status }) => status === "failed")?.cid ?? "");
    await pass(100);
    expect(bodies(alice, id).at(-1)).toBe("let me in");
  });

  test("[G12] one that is busy is waited for: all is sent anew, in order, under other cids", async () => {
    const alice = await online("alice", { random: () => 0.5 });
    const id = await made(alice);
    server.groups.busy = 2;
    server.groups.decidesMs = 20;
    for (const body of ["one", "two", "three"]) alice.send(id, body);
    await pass(400);
    expect(bodies(alice, id)).toEqual(["", "one", "two", "three"]);
    expect(statuses(alice, id).slice(1)).toEqual(["pending", "pending", "pending"]);
    await pass(10_000);
    expect(bodies(alice, id)).toEqual(["", "one", "two", "three"]);
    expect(new Set(heard("send").map(({ cid }) => cid)).size).toBe(heard("send").length);
    expect(alice.messages(id).items.every(({ status }) => status !== "pending")).toBe(true);
  });

  test("[G12] a device that was away goes on from the cursor of each group, also where it has left", async () => {
    const storage = memoryStorage();
    const [alice, bob] = [await online("alice"), await online("bob", { storage })];
    const [one, two] = [await made(alice), await made(alice)];
    await pass(100);
    await bob.close();
    alice.send(one, "first");
    await outcome(alice.group(two).remove("bob"));
    const back = device("bob", { storage });
    back.connect();
    await pass(1_000);
    const since = heard("hello").at(-1)?.since ?? [];
    expect(since.map(({ mailbox }) => mailbox).toSorted()).toEqual(["bob", one, two].toSorted());
    expect(bodies(back, one)).toEqual(["", "first"]);
    expect(info(back, two).left).toBe("removed");
    expect(back.messages(two).items.at(-1)?.change).toEqual({ do: "remove", user: "bob" });
    expect(heard("history")).toEqual([]);
  });

  test("[G12] a group too far behind is loaded anew, and unread stays exact", async () => {
    const storage = memoryStorage();
    const [alice, bob] = [await online("alice"), await online("bob", { storage })];
    const id = await made(alice);
    await pass(100);
    await bob.close();
    for (let n = 0; n < 30; n++) alice.send(id, `text ${n}`);
    await pass(2_000);
    server.gapMax = 5;
    const back = device("bob", { storage });
    back.connect();
    await pass(2_000);
    expect(bodies(back, id).at(-1)).toBe("text 29");
    expect(back.chats().items[0]?.unread).toBe(30);
    alice.send(id, "one more");
    await pass(200);
    expect(back.chats().items[0]?.unread).toBe(31);
  });

  test("[G12] receipts of one group are told once a second at most, and again behind a break", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const id = await made(alice);
    for (let n = 0; n < 20; n++) {
      alice.send(id, `text ${n}`);
      await pass(100);
    }
    const told = () => heard("delivered").filter(({ peer }) => peer === id);
    await pass(2_000);
    const before = told().length;
    expect(before).toBeGreaterThan(1);
    expect(before).toBeLessThanOrEqual(4);
    server.cut("bob");
    await pass(3_000);
    expect(told().length).toBe(before + 1);
    await pass(70_000);
    server.cut("bob");
    await pass(3_000);
    expect(told().length).toBe(before + 1);
    expect(bob.connection.state).toBe("online");
  });

  test("[P4] who types in it is told by name", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const id = await made(alice);
    for (const socket of server.of("bob")) socket.tell({ t: "typing", peer: id, user: "alice" });
    await pass(100);
    expect(bob.typing(id)).toEqual(["alice"]);
    alice.send(id, "done");
    await pass(100);
    expect(bob.typing(id)).toEqual([]);
  });
});
