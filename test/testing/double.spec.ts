import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createChatClient, type ChatClient } from "../../src/client/client.ts";
import { createTestServer, type TestServer } from "../../src/testing/testing.ts";

let server: TestServer;
const clients: ChatClient[] = [];
beforeEach(() => void (server = createTestServer()));
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  server.close();
});

async function online(user: string): Promise<ChatClient> {
  const client = createChatClient(server.optionsFor(user));
  clients.push(client);
  client.connect();
  await expect.poll(() => client.connection.state).toBe("online");
  return client;
}

describe("[O8] a server in memory", () => {
  test("carries a message from one client to another, and its ticks back", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    alice.send("bob", "hi", { data: { n: 1 }, key: "k" });
    await expect
      .poll(() => bob.messages("alice").items)
      .toMatchObject([{ body: "hi", data: { n: 1 } }]);
    bob.markRead("alice");
    await expect.poll(() => alice.messages("bob").items[0]?.status).toBe("read");
    expect(await server.messages("alice", "bob")).toMatchObject([{ body: "hi", key: "k" }]);
  });

  test("lets people write and read who have no client", async () => {
    const alice = await online("alice");
    const id = await server.write({ from: "bob", to: "alice", body: "anybody there?" });
    await expect.poll(() => alice.messages("bob").items).toMatchObject([{ id, status: "sent" }]);
    expect(alice.chats().items).toMatchObject([{ peer: "bob", unread: 1 }]);
    alice.send("bob", "yes");
    await expect.poll(() => alice.messages("bob").items[1]?.status).toBe("sent");
    await server.read("bob", "alice");
    await expect.poll(() => alice.messages("bob").items[1]?.status).toBe("read");
  });

  test("has groups, also for people who have no client", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const group = await alice.createGroup({ name: "Tea", members: ["bob", "carol"] });
    await expect.poll(() => bob.messages(group).items).toHaveLength(1);
    bob.send(group, "from bob");
    await expect.poll(() => alice.messages(group).items[1]?.status).toBe("sent");
    const id = await server.write({ from: "carol", to: group, body: "from carol" });
    alice.send(group, "who has it?");
    for (const each of [alice, bob])
      await expect
        .poll(() => each.messages(group).items.slice(1))
        .toMatchObject([{ body: "from bob" }, { id }, { body: "who has it?", status: "sent" }]);
    await server.read("carol", group);
    await expect.poll(() => alice.messages(group).items[3]?.status).toBe("delivered");
    bob.markRead(group);
    await expect.poll(() => alice.messages(group).items[3]?.status).toBe("read");
    await alice.group(group).remove("carol");
    const late = server.write({ from: "carol", to: group, body: "me, too" });
    await expect(late).rejects.toThrow("does not take it");
    expect(await server.messages("bob", group)).toHaveLength(3);
  });

  test("cuts sockets, and is out of reach for a while: clients come back and miss nothing", async () => {
    const alice = await online("alice");
    server.reachable = false;
    server.cut("alice");
    await expect.poll(() => alice.connection.state).toBe("waiting");
    await server.write({ from: "bob", to: "alice", body: "meanwhile" });
    server.reachable = true;
    await expect.poll(() => alice.messages("bob").items).toHaveLength(1);
  });

  test("[C10] goes away, and clients move to another socket without a break", async () => {
    const sockets: string[] = [];
    const counted = class extends server.webSocket {
      constructor(url: string) {
        super(url);
        sockets.push("opened");
      }
      override close(code?: number): void {
        sockets.push("left");
        super.close(code);
      }
    };
    const alice = createChatClient({ ...server.optionsFor("alice"), webSocket: counted });
    clients.push(alice);
    alice.connect();
    await expect.poll(() => alice.connection.state).toBe("online");
    const states: string[] = [];
    alice.subscribe(() => states.push(alice.connection.state));
    server.goAway("alice");
    alice.send("bob", "on the way");
    await server.write({ from: "bob", to: "alice", body: "meanwhile" });
    await expect
      .poll(() =>
        alice
          .messages("bob")
          .items.map(({ body }) => body)
          .toSorted(),
      )
      .toEqual(["meanwhile", "on the way"]);
    await expect.poll(() => sockets).toEqual(["opened", "opened", "left"]);
    expect(new Set(states)).toEqual(new Set(["online"]));
  });

  test("shows who types, and who is online", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    bob.watch(["alice"]);
    alice.typed("bob");
    await expect.poll(() => bob.typing("alice")).toEqual(["alice"]);
    await expect.poll(() => bob.presence("alice")).toMatchObject({ online: true });
  });

  test("takes a token that is no user's id for none", async () => {
    const client = createChatClient({ ...server.optionsFor("a"), getToken: async () => "g-x" });
    clients.push(client);
    client.connect();
    const refused = { state: "waiting", reason: "auth.invalid_token" };
    await expect.poll(() => client.connection).toMatchObject(refused);
  });
});

test("[O8] a server in memory goes by fake timers", async () => {
  vi.useFakeTimers();
  try {
    const own = createTestServer();
    const client = createChatClient(own.optionsFor("alice"));
    client.connect();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.connection.state).toBe("online");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(client.connection.state).toBe("online");
    own.cut();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(client.connection.state).toBe("online");
    await client.close();
    own.close();
  } finally {
    vi.useRealTimers();
  }
});
