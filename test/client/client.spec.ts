import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  createChatClient,
  memoryStorage,
  type ChatClient,
  type ClientEvents,
  type ClientOptions,
} from "../../src/client/client.ts";
import type { ClientFrame } from "../../src/events/frames.ts";
import { ModelServer } from "./model.ts";

let server: ModelServer;
beforeEach(() => {
  vi.useFakeTimers();
  server = new ModelServer();
});
afterEach(() => void vi.useRealTimers());

/** Time passes, and what waits for it happens. */
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

function device(user: string, options: Partial<ClientOptions> = {}): ChatClient {
  const getToken = () => Promise.resolve(user);
  return createChatClient({ url: "ws://x", getToken, webSocket: server.socket(), ...options });
}
async function online(user: string, options: Partial<ClientOptions> = {}): Promise<ChatClient> {
  const client = device(user, options);
  client.connect();
  await pass(100);
  return client;
}
const bodies = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).map(({ body }) => body);
const statuses = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).map(({ status }) => status);
const heard = <T extends ClientFrame["t"]>(t: T) =>
  server.heard.filter((frame): frame is Extract<ClientFrame, { t: T }> => frame.t === t);
function gather<K extends keyof ClientEvents>(client: ChatClient, event: K): ClientEvents[K][] {
  const all: ClientEvents[K][] = [];
  client.on(event, (payload) => void all.push(payload));
  return all;
}

describe("a message", () => {
  test("is pending at once, then sent, delivered and read", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    const shown = gather(alice, "message");
    expect(alice.send("bob", "hello")).toMatchObject({ status: "pending", author: "alice" });
    await pass(50);
    bob.markRead("alice");
    await pass(50);
    const steps = shown.map(({ message, fresh }) => `${message.status}${fresh ? "!" : ""}`);
    expect([...new Set(steps)]).toEqual(["pending!", "sent", "delivered", "read"]);
    expect(bodies(bob, "alice")).toEqual(["hello"]);
  });

  test("raises the unread count of its reader, until it is read on any device", async () => {
    const alice = await online("alice");
    const phone = await online("bob");
    const laptop = await online("bob");
    alice.send("bob", "one");
    alice.send("bob", "two");
    await pass(50);
    expect(phone.chats()).toMatchObject([{ peer: "alice", unread: 2, last: { body: "two" } }]);
    phone.markRead("alice");
    expect(phone.chats()[0]?.unread).toBe(0);
    await pass(50);
    expect(laptop.chats()[0]?.unread).toBe(0);
  });

  test("sent on one device appears on the others", async () => {
    const phone = await online("alice");
    const laptop = await online("alice");
    phone.send("bob", "from the phone");
    await pass(50);
    expect(bodies(laptop, "bob")).toEqual(["from the phone"]);
    expect(statuses(laptop, "bob")).toEqual(["sent"]);
  });

  test("that is a repeat after a crash is shown once", async () => {
    const bob = await online("bob");
    const copy = {
      type: "MessageSent",
      author: "alice",
      to: "bob",
      cid: "a.1",
      body: "hi",
    } as const;
    server.store("bob", { ...copy, cause: 7, position: 7, sentAt: 7 });
    server.store("bob", { ...copy, cause: 7, position: 7, sentAt: 7 });
    await pass(50);
    expect(bodies(bob, "alice")).toEqual(["hi"]);
    expect(bob.chats()[0]?.unread).toBe(1);
  });
});

describe("an own message", () => {
  test("that lies in the mailbox twice is shown once", async () => {
    const alice = await online("alice");
    const fact = { type: "MessageSent", author: "alice", to: "bob", cid: "phone.4" } as const;
    server.store("alice", { ...fact, body: "once" });
    server.store("alice", { ...fact, body: "once" });
    await pass(50);
    expect(bodies(alice, "bob")).toEqual(["once"]);
  });

  test("that was left behind by a tab that died after it was stored is not shown again", async () => {
    const storage = memoryStorage();
    const alice = await online("alice", { storage });
    alice.send("bob", "first");
    await pass(50);
    const entry = { cid: "", author: "alice", to: "bob", body: "first", at: 1 };
    const { cid = "" } = alice.messages("bob")[0] ?? {};
    await alice.close();
    await storage.save({
      posted: [
        { ...entry, cid },
        { ...entry, cid: "other.1" },
      ],
    });
    server.store("alice", {
      type: "MessageSent",
      author: "alice",
      to: "bob",
      cid: "other.1",
      body: "",
    });
    const again = await online("alice", { storage });
    await pass(1000);
    expect(heard("send")).toHaveLength(1);
    expect(bodies(again, "bob")).toEqual(["first", ""]);
    expect(await storage.outbox()).toEqual([]);
  });

  test("that the server already had is done, though no event follows", async () => {
    const fact = { type: "MessageSent", author: "alice", to: "bob", body: "x" } as const;
    server.store("alice", { ...fact, cid: "dead.1" });
    for (let n = 1; n <= 100; n++) server.store("alice", { ...fact, cid: `phone.${n}` });
    const storage = memoryStorage();
    await storage.save({ posted: [{ ...fact, cid: "dead.1", at: 1 }] });
    server.gapMax = 0;
    const alice = await online("alice", { storage });
    await pass(1000);
    expect(heard("send")).toHaveLength(1);
    expect(alice.messages("bob").map(({ cid }) => cid)).not.toContain("dead.1");
    expect(await storage.outbox()).toEqual([]);
  });
});

describe("a refused send", () => {
  test("fails with its code, lets the next go, and comes back as another by retry", async () => {
    const alice = await online("alice");
    server.refusals = [{ code: "id.invalid", retryable: false }];
    const { cid } = alice.send("bob", "no");
    alice.send("bob", "yes");
    await pass(50);
    expect(alice.messages("bob")).toMatchObject([
      { body: "yes", status: "sent" },
      { body: "no", status: "failed", error: "id.invalid" },
    ]);
    const shown = gather(alice, "message");
    alice.retry(cid);
    expect(shown[0]).toMatchObject({ replaces: cid, fresh: true });
    await pass(50);
    expect(statuses(alice, "bob")).toEqual(["sent", "sent"]);
    expect(bodies(alice, "bob")).toEqual(["yes", "no"]);
  });

  test("can be discarded", async () => {
    const alice = await online("alice");
    server.refusals = [{ code: "id.invalid", retryable: false }];
    const { cid } = alice.send("bob", "no");
    await pass(50);
    alice.discard(cid);
    expect(alice.messages("bob")).toEqual([]);
  });

  test("that may be repeated waits as long as it is told, and keeps its place", async () => {
    const alice = await online("alice");
    server.refusals = [{ code: "rate_limited", retryable: true, retryAfterMs: 3000 }];
    alice.send("bob", "one");
    alice.send("bob", "two");
    await pass(2900);
    expect(heard("send")).toHaveLength(1);
    await pass(200);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["one", "two"]);
  });

  test("because it makes too long a frame is not even sent", async () => {
    const alice = await online("alice");
    alice.send("bob", "\u0001".repeat(16_000));
    expect(statuses(alice, "bob")).toEqual(["failed"]);
    await pass(50);
    expect(alice.connection).toBe("online");
  });
});

describe("a client that was cut off", () => {
  test("shows what was written meanwhile, once and in order", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    server.cut("bob");
    for (const body of ["1", "2", "3"]) alice.send("bob", body);
    await pass(2000);
    expect(bodies(bob, "alice")).toEqual(["1", "2", "3"]);
    expect(statuses(alice, "bob")).toEqual(["delivered", "delivered", "delivered"]);
  });

  test("does not repeat a send that was stored though its answer was lost", async () => {
    const alice = await online("alice");
    alice.send("bob", "once");
    await pass(3);
    server.cut("alice");
    await pass(2000);
    expect(server.log.rows("alice")).toHaveLength(1);
    expect(heard("send")).toHaveLength(1);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
  });

  test("sends what it could not, in order and only after it has caught up", async () => {
    const alice = await online("alice");
    server.down = true;
    server.cut("alice");
    alice.send("bob", "1");
    alice.send("bob", "2");
    await pass(5000);
    expect(statuses(alice, "bob")).toEqual(["pending", "pending"]);
    server.down = false;
    await pass(20_000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["1", "2"]);
  });

  test("gives up a socket on which nothing comes, and one that lacks an event", async () => {
    const alice = await online("alice");
    const states = gather(alice, "connection");
    for (const socket of server.of("alice")) socket.dead = true;
    await pass(63_000);
    expect(states[0]).toMatchObject({ state: "waiting", reason: "idle" });
    await pass(2000);
    const copy = {
      type: "MessageSent",
      author: "bob",
      to: "alice",
      cid: "b.1",
      body: "x",
    } as const;
    for (const socket of server.of("alice")) socket.dead = true;
    server.store("alice", { ...copy, cause: 1, position: 1, sentAt: 1 });
    await pass(10);
    for (const socket of server.of("alice")) socket.dead = false;
    for (const socket of server.of("alice")) socket.tell({ t: "pong", head: server.log.seq });
    await pass(10_000);
    expect(states.map(({ reason }) => reason)).toContain("behind");
    expect(bodies(alice, "bob")).toEqual(["x"]);
  });

  test("notices that an event is missing by the one that follows", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    for (const socket of server.of("bob")) socket.losses = 1;
    alice.send("bob", "lost on the way");
    alice.send("bob", "arrives");
    await pass(2000);
    expect(bodies(bob, "alice")).toEqual(["lost on the way", "arrives"]);
    expect(heard("hello").filter(({ token }) => token === "bob")).toHaveLength(2);
  });

  test("asks for a new token and comes back after 4403, but not after 4501", async () => {
    const getToken = vi.fn(() => Promise.resolve("alice"));
    const alice = await online("alice", { getToken });
    server.cut("alice", 4403);
    await pass(2000);
    expect(alice.connection).toBe("online");
    expect(getToken).toHaveBeenCalledTimes(2);
    server.cut("alice", 4501);
    await pass(60_000);
    expect(alice.connection).toBe("closed");
  });

  test("watches the same users again", async () => {
    const alice = await online("alice");
    alice.watch(["bob", "carol"]);
    alice.unwatch(["carol"]);
    await pass(50);
    server.cut("alice");
    await pass(2000);
    expect(heard("watch").map(({ users }) => users)).toEqual([["bob", "carol"], ["bob"]]);
  });
});

describe("a resync", () => {
  test("takes chats, unread and history from the views, and no event twice", async () => {
    const alice = await online("alice");
    for (let n = 0; n < 30; n++) alice.send("bob", `${n}`);
    await pass(1000);
    server.gapMax = 5;
    const bob = device("bob");
    bob.connect();
    await pass(7);
    alice.send("bob", "meanwhile");
    await pass(500);
    expect(bob.chats()).toMatchObject([{ peer: "alice", unread: 31, last: { body: "meanwhile" } }]);
    const before = bodies(bob, "alice").length;
    const loading = bob.loadEarlier("alice", 10);
    await pass(50);
    expect(await loading).toEqual({ more: true });
    const shown = bodies(bob, "alice");
    expect(shown).toHaveLength(before + 10);
    expect(shown.at(-2)).toBe("29");
  });

  test("after the log has lost its end sends again what is not in it", async () => {
    const alice = await online("alice");
    alice.send("bob", "first");
    await pass(50);
    alice.send("bob", "second");
    await pass(3);
    server.rollBack(2);
    await pass(5000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["first", "second"]);
    expect(bodies(alice, "bob")).toEqual(["first", "second"]);
  });

  test("keeps the chats that were read here with their newest messages", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    for (const body of ["1", "2", "3"]) alice.send("bob", body);
    await pass(100);
    server.gapMax = 0;
    server.cut("bob");
    const reloaded = gather(bob, "resync");
    await pass(2000);
    expect(reloaded).toHaveLength(1);
    expect(bodies(bob, "alice")).toEqual(["1", "2", "3"]);
  });
});

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
    const storage = memoryStorage();
    const { save } = storage;
    let saves = 0;
    storage.save = async (changes) => {
      saves++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      return save(changes);
    };
    const alice = await online("alice", { storage });
    expect(alice.chats()[0]?.unread).toBe(1000);
    expect(saves).toBeLessThan(10);
    expect((await storage.load()).chats[0]?.messages).toHaveLength(200);
  });
});

describe("signals", () => {
  test("typing is shown for six seconds, or until the message comes", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    const shown = gather(bob, "typing");
    for (let n = 0; n < 5; n++) alice.typing("bob");
    await pass(20);
    expect(heard("typing")).toHaveLength(1);
    expect(bob.chats()).toEqual([]);
    await pass(6000);
    expect(shown.map(({ typing }) => typing)).toEqual([true, false]);
    alice.typing("bob");
    alice.send("bob", "typed");
    await pass(50);
    expect(shown.map(({ typing }) => typing)).toEqual([true, false, true, false]);
  });

  test("a listener that throws does not keep the others from hearing", async () => {
    const uncaught = vi.spyOn(globalThis, "queueMicrotask").mockReturnValue();
    const alice = device("alice");
    alice.on("connection", () => {
      throw new Error("mine");
    });
    const states = gather(alice, "connection");
    alice.connect();
    await pass(100);
    expect(states.at(-1)?.state).toBe("online");
    expect(uncaught.mock.calls[0]?.[0]).toThrow("mine");
    uncaught.mockRestore();
  });
});
