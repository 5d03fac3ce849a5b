import { describe, expect, test } from "vitest";
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
import { slow } from "./tab.ts";

modelServer();

describe("a storage", () => {
  test("brings chats and outbox over a reload", async () => {
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
    expect(second.messages("bob")).toMatchObject([
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
    const entry = { author: "alice", to: "bob", body: "", at: 5 };
    const cids = ["b.10", "b.2", "a.1", "b.9"];
    const posted = cids.map((cid) => ({ ...entry, cid, at: cid === "a.1" ? 4 : 5 }));
    await storage.save({ posted });
    await online("alice", { storage });
    await pass(1000);
    const sent = server.log.rows("bob").map(({ cid }) => cid);
    expect(sent).toEqual(["a.1", "b.2", "b.9", "b.10"]);
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
    expect(two?.since).toEqual([{ mailbox: "alice", epoch: "life", seq: 1 }]);
    expect(second.connection).toBe("online");
  });

  test("shared by two tabs is written by one, and the other takes over", async () => {
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

  test("of another user is emptied before anything is shown or sent", async () => {
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
    expect(mallory.chats()).toEqual([]);
    expect(server.log.rows("mallory")).toEqual([]);
    expect(await storage.outbox()).toEqual([]);
  });

  test("that fails is reported, and nothing is told as delivered", async () => {
    const storage = memoryStorage();
    const save = storage.save;
    storage.save = () => Promise.reject(new Error("disk full"));
    const bob = await online("bob", { storage });
    const errors = gather(bob, "error");
    const alice = await online("alice");
    alice.send("bob", "hi");
    await pass(50);
    expect(bodies(bob, "alice")).toEqual(["hi"]);
    expect(errors[0]).toMatchObject({ code: "storage.failed" });
    expect(statuses(alice, "bob")).toEqual(["sent"]);
    storage.save = save;
    alice.send("bob", "again");
    await pass(50);
    expect(statuses(alice, "bob")).toEqual(["delivered", "delivered"]);
  });

  test("sees a thousand resumed events in a few saves", async () => {
    for (let n = 1; n <= 1000; n++) {
      const event = { type: "MessageSent", author: "bob", to: "alice", cid: `b.${n}` } as const;
      server.store("alice", { ...event, body: "x", cause: n, position: n, sentAt: n });
    }
    const storage = slow(memoryStorage());
    const alice = await online("alice", { storage });
    expect(alice.chats()[0]?.unread).toBe(1000);
    expect(storage.saves).toBeLessThan(10);
    expect((await storage.load()).chats[0]?.messages).toHaveLength(200);
  });
});
