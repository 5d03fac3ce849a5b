import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createChatClient, type ChatClient, type ClientOptions } from "../../src/client/client.ts";
import { fileStorage } from "../../src/client/storage/file.ts";
import { startApp, type App } from "../support/app.ts";
import { PATIENCE } from "../support/patience.ts";

let app: App;
const clients: ChatClient[] = [];
const sockets = new Set<WebSocket>();
/** Frames that were refused for their number. */
const refusals: string[] = [];
let round = 0;
/** Of this test alone. */
let alice: string;
let bob: string;

beforeAll(
  async () =>
    void (app = await startApp({
      RESUME_ENTRIES: "100",
      SENDS_PER_SECOND: "50",
      MARKS_PER_SECOND: "20",
      MARKS_BURST: "20",
    })),
);
afterAll(() => app.stop());
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await app.revive();
});

/** A browser says by itself where the page comes from. */
class FromThePage extends WebSocket {
  constructor(url: string) {
    super(url, { origin: app.url });
    sockets.add(this);
    this.on("message", (data: Buffer) => {
      if (data.includes('"rate_limited"')) refusals.push(data.toString());
    });
    this.once("close", () => sockets.delete(this));
  }
}

function open(user: string, options: Partial<ClientOptions> = {}): ChatClient {
  const client = createChatClient({
    url: app.wsUrl,
    getToken: () => app.token(user),
    webSocket: FromThePage,
    ...options,
  });
  clients.push(client);
  client.connect();
  return client;
}
function pair(): [ChatClient, ChatClient] {
  [alice, bob] = [`alice-${++round}`, `bob-${round}`];
  return [open(alice), open(bob)];
}
const bodies = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).items.map(({ body }) => body);
const statuses = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).items.map(({ status }) => status);
const eventually = <T>(look: () => T) => expect.poll(look, { ...PATIENCE, interval: 20 });
const online = (client: ChatClient) => eventually(() => client.connection.state).toBe("online");
const folder = () => mkdtemp(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "client-"));

describe("two clients", () => {
  test("chat, and see each tick", async () => {
    const [a, b] = pair();
    a.send(bob, "hello");
    await eventually(() => bodies(b, alice)).toEqual(["hello"]);
    await eventually(() => statuses(a, bob)).toEqual(["delivered"]);
    expect(b.chats().items).toMatchObject([{ peer: alice, unread: 1 }]);
    b.markRead(alice);
    await eventually(() => statuses(a, bob)).toEqual(["read"]);
    b.send(alice, "hi");
    await eventually(() => bodies(a, bob)).toEqual(["hello", "hi"]);
    const [first] = a.messages(bob).items;
    expect(await a.status(first?.id ?? "")).toMatchObject({ to: bob, status: "read" });
  });

  test("see each other type and come online", async () => {
    const [a, b] = pair();
    await online(b);
    a.watch([bob]);
    await eventually(() => a.presence(bob)).toMatchObject({ online: false });
    // A signal is never stored: one that comes before the session is known to its actor is lost, and a
    // person who goes on typing says so again.
    await eventually(() => {
      b.typed(alice);
      return a.typing(bob);
    }).toEqual([bob]);
    await eventually(() => a.presence(bob)).toMatchObject({ online: true });
    b.send(alice, "typed");
    await eventually(() => a.typing(bob)).toEqual([]);
  });

  test("[S5] keep their order when many are sent at once, beyond the rate", async () => {
    const [a, b] = pair();
    const all = Array.from({ length: 60 }, (_, n) => `${n}`);
    for (const body of all) a.send(bob, body);
    await eventually(() => bodies(b, alice)).toEqual(all);
    await eventually(() => new Set(statuses(a, bob))).toEqual(new Set(["delivered"]));
  });

  test("are told at once why a message would be refused, and nothing is shown of it", () => {
    const [a] = pair();
    expect(() => a.send("not an id", "lost")).toThrow(
      expect.objectContaining({ code: "id.invalid" }),
    );
    expect(a.messages("not an id").items).toEqual([]);
  });
});

describe("several devices of one user", () => {
  test("show the same, whichever wrote, received or read it", async () => {
    const [phone, b] = pair();
    const laptop = open(alice);
    await online(laptop);
    phone.send(bob, "from the phone");
    laptop.send(bob, "from the laptop");
    await eventually(() => bodies(phone, bob).toSorted()).toEqual([
      "from the laptop",
      "from the phone",
    ]);
    await eventually(() => bodies(laptop, bob)).toEqual(bodies(phone, bob));
    b.send(alice, "to both");
    await eventually(() => laptop.chats().items[0]?.unread).toBe(1);
    await eventually(() => phone.chats().items[0]?.unread).toBe(1);
    phone.markRead(bob);
    await eventually(() => laptop.chats().items[0]?.unread).toBe(0);
    await eventually(() => statuses(b, alice).at(-1)).toBe("read");
  });
});

describe("a client that loses its connection", () => {
  test("[M2] resumes without a gap while the other writes on", async () => {
    const [a, b] = pair();
    await online(b);
    const all = Array.from({ length: 30 }, (_, n) => `${n}`);
    for (const [n, body] of all.entries()) {
      a.send(bob, body);
      await eventually(() => statuses(a, bob)[n]).not.toBe("pending");
      if (n % 7 === 0) for (const socket of sockets) socket.terminate();
    }
    await eventually(() => bodies(b, alice)).toEqual(all);
    expect(bodies(a, bob)).toEqual(all);
  });

  test("because the server was killed loses and repeats nothing", async () => {
    const [a, b] = pair();
    a.send(bob, "before");
    await eventually(() => bodies(b, alice)).toEqual(["before"]);
    await app.kill();
    a.send(bob, "while it is away");
    await eventually(() => a.connection.state).toBe("waiting");
    await app.restart();
    await eventually(() => bodies(b, alice)).toEqual(["before", "while it is away"]);
    await eventually(() => statuses(a, bob)).toEqual(["delivered", "delivered"]);
  });

  test("for too long takes its chats and messages from the views", async () => {
    const [a, b] = pair();
    const storage = fileStorage(await folder());
    const carol = `carol-${round}`;
    const away = open(carol, { storage });
    a.send(carol, "first");
    await eventually(() => bodies(away, alice)).toEqual(["first"]);
    await away.close();
    const all = Array.from({ length: 120 }, (_, n) => `${n}`);
    for (const body of all) a.send(carol, body);
    b.send(carol, "me too");
    await eventually(() => statuses(a, carol)).not.toContain("pending");
    await eventually(() => statuses(b, carol)).not.toContain("pending");
    const back = open(carol, { storage });
    const newest = new Set<string | undefined>();
    back.subscribe(() => newest.add(bodies(back, alice).at(-1)));
    await online(back);
    // From the storage, and, at once, from the views.
    expect([...newest]).toEqual([undefined, "first", "119"]);
    const unread = Object.fromEntries(back.chats().items.map((chat) => [chat.peer, chat.unread]));
    expect(unread).toEqual({ [alice]: 121, [bob]: 1 });
    while (back.messages(alice).hasEarlier) await back.loadEarlier(alice, 100);
    expect(bodies(back, alice)).toEqual(["first", ...all]);
    await eventually(() => new Set(statuses(a, carol))).toEqual(new Set(["delivered"]));
  });
});

describe("a client with many chats", () => {
  test("tells all that it has received, and is refused nothing", async () => {
    const [, b] = pair();
    await online(b);
    await b.close();
    const peers = Array.from({ length: 40 }, (_, n) => `peer-${round}-${n}`);
    for (const peer of peers) {
      const client = open(peer);
      client.send(bob, "hi");
      await eventually(() => statuses(client, bob)).toEqual(["sent"]);
    }
    refusals.length = 0;
    const back = open(bob);
    await eventually(() => back.chats().items.length).toBe(40);
    for (const client of clients.slice(2, -1))
      await eventually(() => statuses(client, bob)).toEqual(["delivered"]);
    expect(refusals).toEqual([]);
  });
});

describe("a client that is reloaded", () => {
  test("[C1] has what it had, and sends what it could not", async () => {
    const [, b] = pair();
    const user = `carol-${round}`;
    const dir = await folder();
    const first = open(user, { storage: fileStorage(dir) });
    first.send(bob, "stored");
    await eventually(() => statuses(first, bob)).toEqual(["delivered"]);
    await app.kill();
    await eventually(() => first.connection.state).toBe("waiting");
    first.send(bob, "waiting");
    await first.close();

    const second = open(user, { storage: fileStorage(dir) });
    await eventually(() => second.messages(bob).items).toMatchObject([
      { body: "stored", status: "delivered" },
      { body: "waiting", status: "pending" },
    ]);
    await app.restart();
    await eventually(() => bodies(b, user)).toEqual(["stored", "waiting"]);
    await eventually(() => statuses(second, bob)).toEqual(["delivered", "delivered"]);
  });
});
