import { describe, expect, test } from "vitest";
import { memoryStorage, type ClientStorage } from "../../src/client/storage/storage.ts";
import {
  bodies,
  device,
  gather,
  heard,
  left,
  modelServer,
  online,
  pass,
  server,
  statuses,
} from "./devices.ts";
import { slow } from "./tab.ts";

modelServer();

describe("a storage", () => {
  test("[C1] brings chats and outbox over a reload", async () => {
    const storage = memoryStorage();
    const first = await online("alice", { storage });
    first.send("bob", "stored");
    await pass(50);
    server.down = true;
    server.cut("alice");
    first.send("bob", "waiting");
    await pass(50);
    await first.close();
    const second = device("alice", { storage });
    second.connect();
    await pass(10);
    expect(second.messages("bob").items).toMatchObject([
      { body: "stored", status: "sent" },
      { body: "waiting", status: "pending" },
    ]);
    server.down = false;
    await pass(20_000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["stored", "waiting"]);
    expect(statuses(second, "bob")).toEqual(["sent", "sent"]);
    expect(await storage.outbox()).toEqual([]);
  });

  test("gives back what was waiting in the order it was written, whatever its own", async () => {
    const storage = memoryStorage();
    const posted = [left("b.10", { rank: 4 }), left("b.2", { rank: 2 }), left("b.9", { rank: 3 })];
    // Its page had a clock that was set back.
    await storage.save({ posted: [...posted, left("a.1", { rank: 1, at: 99 })] });
    await online("alice", { storage });
    await pass(1000);
    const sent = server.log.rows("bob").map(({ cid }) => cid);
    expect(sent).toEqual(["a.1", "b.2", "b.9", "b.10"]);
  });

  test("[S3] that brings back an older state of a message, under a number that was taken, shows it once and as far as it has come", async () => {
    const storage = memoryStorage();
    const old = left("a.1", { body: "mine" });
    const fact = { type: "MessageSent", author: "alice", to: "bob", device: "d" } as const;
    server.store("alice", { ...fact, cid: "a.1", body: "of the copy" });
    server.store("alice", { ...fact, cid: `${old.name}.1`, body: "mine" });
    const alice = await online("alice", { storage });
    const said = gather(alice, "message");
    // A page that was frozen with a full disk writes what it had, and is closed.
    await storage.save({ posted: [old] });
    await pass(60_000);
    expect(bodies(alice, "bob")).toEqual(["of the copy", "mine"]);
    expect(said).toEqual([]);
    expect(await storage.outbox()).toEqual([]);
  });

  test("is not written over before it has been read", async () => {
    const storage = memoryStorage();
    const first = await online("alice", { storage });
    first.send("bob", "stored");
    await pass(50);
    await first.close();
    const second = device("alice", { storage });
    second.send("bob", "written before connect");
    await pass(50);
    second.connect();
    await pass(100);
    expect(bodies(second, "bob")).toEqual(["stored", "written before connect"]);
    expect(heard("hello")[1]?.since).toBeDefined();
  });

  test("resumes from the cursor that was saved", async () => {
    const storage = memoryStorage();
    const first = await online("alice", { storage });
    await first.close();
    const second = await online("alice", { storage });
    const [one, two] = heard("hello");
    expect(two?.deviceId).toBe(one?.deviceId);
    const on = { seq: 1, at: 1 };
    expect(two?.since).toEqual([{ mailbox: "alice", epoch: "life", seq: 1, on }]);
    expect(second.connection.state).toBe("online");
  });

  test("[C3] shared by two tabs is written by one, and the other takes over", async () => {
    const storage = memoryStorage();
    const first = await online("alice", { storage });
    const second = await online("alice", { storage });
    const bob = await online("bob");
    bob.send("alice", "to both");
    await pass(100);
    await first.close();
    bob.send("alice", "to the second");
    await pass(100);
    await second.close();
    const third = device("alice", { storage });
    third.connect();
    await pass(1);
    expect(bodies(third, "bob")).toEqual(["to both", "to the second"]);
  });

  test("lacks nothing when the tab that wrote it had fallen behind", async () => {
    const storage = memoryStorage();
    const first = await online("alice", { storage });
    for (const socket of server.of("alice")) socket.dead = true;
    const second = await online("alice", { storage });
    const bob = await online("bob");
    bob.send("alice", "unseen by the first");
    await pass(100);
    await first.close();
    const carol = await online("carol");
    carol.send("alice", "seen by the second alone");
    await pass(100);
    await second.close();
    const { chats, meta } = await storage.load();
    expect(chats.map(({ peer }) => peer).toSorted()).toEqual(["bob", "carol"]);
    expect(meta?.cursor?.seq).toBe(server.log.mailbox("alice").at(-1)?.seq);
  });

  test("[C4] of another user is emptied before anything is shown or sent", async () => {
    const storage = memoryStorage();
    const alice = await online("alice", { storage });
    alice.send("bob", "mine");
    await pass(50);
    server.down = true;
    server.cut("alice");
    alice.send("bob", "mine too");
    await pass(50);
    await alice.close();
    server.down = false;
    const mallory = await online("mallory", { storage });
    await pass(5000);
    expect(mallory.chats().items).toEqual([]);
    expect(server.log.rows("mallory")).toEqual([]);
    expect(await storage.outbox()).toEqual([]);
  });

  test("[C2] that fails is told once, in words, and the chat goes on from memory", async () => {
    const storage = memoryStorage();
    const { save } = storage;
    storage.save = () => Promise.reject(new Error("disk full"));
    const bob = device("bob", { storage });
    const errors = gather(bob, "error");
    bob.connect();
    await pass(100);
    const alice = await online("alice");
    alice.send("bob", "hi");
    await pass(60_000);
    bob.markRead("alice");
    await pass(50);
    expect(bodies(bob, "alice")).toEqual(["hi"]);
    expect(statuses(alice, "bob")).toEqual(["read"]);
    expect(errors).toMatchObject([
      { code: "storage.failed", message: expect.stringContaining("cannot keep") },
    ]);
    storage.save = save;
    alice.send("bob", "again");
    await pass(60_000);
    const { chats, meta } = await storage.load();
    expect(chats[0]?.messages.map(({ body }) => body)).toEqual(["hi", "again"]);
    expect(meta?.cursor?.seq).toBe(server.log.mailbox("bob").at(-1)?.seq);
  });

  const broken = () => Promise.reject(new Error("no storage here"));
  const silent = () => new Promise<never>(() => undefined);
  test.each([
    ["is absent", { load: broken, outbox: broken, save: broken, claim: broken }],
    ["never answers", { load: silent, outbox: silent, save: silent, claim: silent }],
    ["throws", { load: () => JSON.parse("{"), outbox: () => JSON.parse("{") }],
    ["cannot list its outbox", { outbox: broken }],
    ["knows no claims", { claim: broken }],
    ["lets nobody hear of an end", { onForgotten: () => JSON.parse("{") }],
  ])("that %s does not keep messages from coming and going", async (_, calls) => {
    const storage: ClientStorage = { ...memoryStorage(), ...calls };
    const alice = device("alice", { storage });
    const errors = gather(alice, "error");
    alice.send("bob", "before");
    alice.connect();
    await pass(20_000);
    alice.send("bob", "after");
    await pass(1000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["before", "after"]);
    expect(statuses(alice, "bob")).toEqual(["sent", "sent"]);
    expect(errors).toMatchObject([{ code: "storage.failed" }]);
  });

  test("sees a thousand resumed events in a few saves", async () => {
    for (let n = 1; n <= 1000; n++) {
      const event = { type: "MessageSent", author: "bob", to: "alice", cid: `b.${n}` } as const;
      server.store("alice", { ...event, body: "x", cause: n, position: n, sentAt: n });
    }
    const storage = slow(memoryStorage());
    const alice = await online("alice", { storage });
    expect(alice.chats().items[0]?.unread).toBe(1000);
    expect(storage.saves).toBeLessThan(10);
    expect((await storage.load()).chats[0]?.messages).toHaveLength(200);
  });
});
