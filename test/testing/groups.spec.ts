import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
const bodies = (client: ChatClient, group: string) =>
  client
    .messages(group)
    .items.filter(({ change }) => !change)
    .map(({ body }) => body);

describe("[O8] groups in memory", () => {
  test("are made, talk in one order, and have ticks of all", async () => {
    const [alice, bob, carol] = [await online("alice"), await online("bob"), await online("carol")];
    const id = await alice.createGroup({ name: "Chess", members: ["bob", "carol"] });
    expect(alice.group(id).details).toMatchObject({ name: "Chess", role: "admin", members: 3 });
    await expect.poll(() => bob.group(id).details.name).toBe("Chess");
    alice.send(id, "Who plays, @bob?", { mentions: ["bob"] });
    await expect.poll(() => bodies(bob, id)).toEqual(["Who plays, @bob?"]);
    bob.send(id, "I do");
    for (const client of [alice, bob, carol])
      await expect.poll(() => bodies(client, id)).toEqual(["Who plays, @bob?", "I do"]);
    expect(bob.chats().items[0]).toMatchObject({ peer: id, unread: 1, mentioned: true });
    bob.markRead(id);
    carol.markRead(id);
    const own = () => alice.messages(id).items.find(({ body }) => body.startsWith("Who"));
    await expect.poll(() => own()?.status).toBe("read");
    const { members } = await alice.group(id).info(String(own()?.id));
    expect(members.map(({ user, read }) => [user, read])).toEqual([
      ["bob", true],
      ["carol", true],
    ]);
    expect(await alice.status(String(own()?.id))).toMatchObject({ read: 2, of: 2 });
  });

  test("of somebody in many are looked up one behind the other, on one connection", async () => {
    const alice = await online("alice");
    const lost: string[] = [];
    alice.subscribe(() => alice.connection.state === "online" || lost.push("lost"));
    const names = Array.from({ length: 50 }, (_, n) => `Group ${n}`);
    const ids = await Promise.all(names.map((name) => alice.createGroup({ name })));
    const rules = (id: string) => alice.group(id).details.rules;
    await expect.poll(() => ids.filter((id) => rules(id) === undefined)).toEqual([]);
    expect(lost).toEqual([]);
  });

  test("are left, shut and entered by a link, and refuse with a code", async () => {
    const [alice, bob, carol] = [await online("alice"), await online("bob"), await online("carol")];
    const id = await alice.createGroup({ name: "Chess", members: ["bob"] });
    await expect.poll(() => bob.group(id).details.role).toBe("member");
    await expect(bob.group(id).remove("alice")).rejects.toMatchObject({ code: "forbidden" });
    const link = await alice.group(id).invite();
    expect(await carol.joinGroup(String(link))).toBe(id);
    await expect(carol.joinGroup(String(link))).rejects.toMatchObject({ code: "group.no_change" });
    await alice.group(id).remove("bob");
    await expect.poll(() => bob.group(id).details.left).toBe("removed");
    bob.send(id, "let me in");
    await expect.poll(() => bob.messages(id).items.at(-1)).toMatchObject({ error: "not_found" });
    const { members } = await alice.group(id).members();
    expect(members.map(({ user, role }) => [user, role])).toEqual([
      ["alice", "admin"],
      ["carol", "member"],
    ]);
    await alice.group(id).leave();
    await expect.poll(() => carol.group(id).details).toMatchObject({ role: "admin", members: 1 });
  });

  test("are followed from their cursors, and whoever was away misses nothing", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const id = await alice.createGroup({ name: "Chess", members: ["bob"] });
    await expect.poll(() => bob.group(id).details.name).toBe("Chess");
    server.reachable = false;
    server.cut("bob");
    await expect.poll(() => bob.connection.state).toBe("waiting");
    alice.send(id, "meanwhile");
    await server.write({ from: "alice", to: id, body: "and more" });
    await expect(server.write({ from: "eve", to: id, body: "hi" })).rejects.toThrow("of eve");
    server.reachable = true;
    await expect.poll(() => bodies(bob, id)).toHaveLength(2);
    alice.typed(id);
    await expect.poll(() => bob.typing(id)).toEqual(["alice"]);
  });
});
