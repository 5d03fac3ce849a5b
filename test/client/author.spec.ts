import { describe, expect, test } from "vitest";
import { BrowserDisk } from "./browser.ts";
import {
  answers,
  bodies,
  device,
  gather,
  heard,
  left,
  modelServer,
  online,
  pass,
  server,
} from "./devices.ts";

modelServer();

const written = (author: string): string[] =>
  server.log.all.flatMap(({ event }) =>
    event.type === "MessageSent" && event.author === author && !("cause" in event)
      ? [event.body]
      : [],
  );

describe("the author of a message", () => {
  test("is nobody before the first welcome, and never an empty name; it is mine from the first moment", async () => {
    const alice = device("alice");
    const first = alice.send("bob", "who am I?");
    expect(first).toMatchObject({ mine: true, status: "pending" });
    expect(first).not.toHaveProperty("author");
    expect(alice.messages("bob").items[0]).not.toHaveProperty("author");
    alice.connect();
    await pass(100);
    expect(alice.messages("bob").items).toMatchObject([
      { cid: first.cid, author: "alice", mine: true },
    ]);
    expect(alice.send("bob", "again")).toMatchObject({ author: "alice", mine: true });
  });

  test("is whom the app says from the first moment, where it says so", () => {
    const alice = device("alice", { user: "alice" });
    expect(alice.user).toBe("alice");
    expect(alice.send("bob", "me")).toMatchObject({ author: "alice", mine: true });
    expect(() => alice.send("alice", "me")).toThrow("id.self");
  });

  test("is not me where it is a peer", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    alice.send("bob", "hi");
    bob.send("alice", "hello");
    await pass(100);
    const shown = bob.messages("alice").items.map(({ author, mine }) => [author, mine]);
    expect(shown.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))).toEqual([
      ["alice", false],
      ["bob", true],
    ]);
  });
});

describe("a token of another user than the app has named", () => {
  test("is as one that is refused, at the first connection", async () => {
    let token = "bob.1";
    const reasons: string[] = [];
    const alice = device("alice", {
      user: "alice",
      getToken: async ({ reason }) => {
        reasons.push(reason);
        return token;
      },
    });
    const states = answers(alice, () => alice.connection);
    alice.send("bob", "of alice");
    alice.connect();
    await pass(30_000);
    expect(states.map(({ reason }) => reason)).toContain("auth.other_user");
    expect(written("bob")).toEqual([]);
    token = "alice";
    await pass(30_000);
    expect(reasons.slice(0, 3)).toEqual(["connect", "refused", "refused"]);
    expect([alice.connection.state, written("alice"), written("bob")]).toEqual([
      "online",
      ["of alice"],
      [],
    ]);
  });

  test("takes nothing from her storage, also with a cursor there, and ends it after five", async () => {
    const disk = new BrowserDisk();
    const before = await online("alice", { user: "alice", storage: disk.open() });
    before.send("bob", "kept");
    await pass(100);
    await before.close();
    let n = 0;
    const getToken = async (): Promise<string> => `bob.${++n}`;
    const alice = device("alice", { user: "alice", storage: disk.open(), getToken });
    alice.connect();
    await pass(120_000);
    expect(alice.connection).toMatchObject({ state: "closed", reason: "auth.other_user" });
    expect(n).toBe(5);
    expect(bodies(alice, "bob")).toEqual(["kept"]);
    expect(disk.meta?.user).toBe("alice");
  });
});

describe("a storage in which somebody else was logged in", () => {
  const pending = (disk: BrowserDisk): void => {
    disk.outbox.set("dead.1", left("dead.1", { body: "of alice", author: "alice" }));
  };
  const message = "1 of somebody else who was logged in here were not sent, and are forgotten.";

  test("is emptied for the user that the app names, and says what was not sent", async () => {
    const disk = new BrowserDisk();
    const alice = await online("alice", { storage: disk.open() });
    alice.send("carol", "hers");
    await pass(100);
    await alice.close();
    pending(disk);
    const bob = device("bob", { user: "bob", storage: disk.open() });
    const errors = gather(bob, "error");
    bob.connect();
    await pass(3);
    expect(bob.chats().items).toEqual([]);
    await pass(31_000);
    expect(errors).toEqual([{ code: "outbox.forgotten", message }]);
    expect([bob.user, written("bob"), disk.outbox.size]).toEqual(["bob", [], 0]);
    expect(disk.meta?.user).toBe("bob");
    expect(heard("hello").at(-1)).not.toHaveProperty("since");
  });

  test("says what was not sent, where the app names nobody", async () => {
    const disk = new BrowserDisk();
    pending(disk);
    const bob = device("bob", { storage: disk.open() });
    const errors = gather(bob, "error");
    bob.connect();
    await pass(100);
    expect(errors).toEqual([{ code: "outbox.forgotten", message }]);
    expect(written("bob")).toEqual([]);
  });

  test.each(["read with it", "found later"])(
    "has the entries of its own log-in go out, and no others, where nobody was known to be their author (%s)",
    async (when) => {
      const disk = new BrowserDisk();
      const before = await online("alice", { storage: disk.open() });
      const login = disk.meta?.login ?? "";
      expect(login).not.toBe("");
      if (when === "read with it") await before.close();
      const unconfirmed = (cid: string, of: string): void => {
        disk.outbox.set(cid, left(cid, { body: `of ${of}`, author: "", login: of }));
      };
      unconfirmed("dead.1", login);
      unconfirmed("dying.1", "another log-in");
      const tab = when === "found later" ? before : device("alice", { storage: disk.open() });
      const errors = gather(tab, "error");
      tab.connect();
      await pass(61_000);
      expect(written("alice")).toEqual([`of ${login}`]);
      expect(errors).toEqual([{ code: "outbox.forgotten", message }]);
      expect(disk.outbox.size).toBe(0);
    },
  );

  test("by another app on the same origin at the same time, mixes nothing up", async () => {
    const disk = new BrowserDisk();
    const [alice, bob] = [
      await online("alice", { user: "alice", storage: disk.open() }),
      await online("bob", { user: "bob", storage: disk.open() }),
    ];
    for (let n = 0; n < 3; n++) {
      alice.send("carol", `a${n}`);
      bob.send("carol", `b${n}`);
      server.cut(n % 2 ? "alice" : "bob");
      await pass(40_000);
    }
    expect([written("alice"), written("bob")]).toEqual([
      ["a0", "a1", "a2"],
      ["b0", "b1", "b2"],
    ]);
    expect([bodies(alice, "carol"), bodies(bob, "carol")]).toEqual([
      ["a0", "a1", "a2"],
      ["b0", "b1", "b2"],
    ]);
  });
});
