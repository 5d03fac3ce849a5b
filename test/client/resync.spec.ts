import { describe, expect, test } from "vitest";
import {
  answers,
  bodies,
  device,
  heard,
  modelServer,
  online,
  only,
  pass,
  server,
  statuses,
} from "./devices.ts";

modelServer();

/** A socket class, and how many resyncs its clients have asked the views for. */
function asking() {
  let resyncs = 0;
  const webSocket = class extends server.socket() {
    override send(text: string): void {
      if ((JSON.parse(text) as { t: string }).t === "chats") resyncs++;
      super.send(text);
    }
  };
  return { webSocket, resyncs: () => resyncs };
}

describe("a resync", () => {
  test("asks again what the views could not answer yet", async () => {
    server.store("alice", { type: "SessionClosed", sessionId: "s", reason: "left" });
    server.gapMax = 0;
    server.refusals = [{ t: "chats", code: "view.behind", retryable: true }];
    const alice = await online("alice");
    await pass(500);
    expect(heard("hello")).toHaveLength(1);
    expect(heard("chats")).toHaveLength(2);
    expect(alice.connection.state).toBe("online");
  });

  test("keeps in mind what was read while there was no connection", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    alice.send("bob", "hello");
    await pass(100);
    server.down = true;
    server.cut("bob");
    bob.markRead("alice");
    server.down = false;
    server.gapMax = 0;
    await pass(5000);
    expect(bob.chats().items[0]?.unread).toBe(0);
    expect(statuses(alice, "bob")).toEqual(["read"]);
  });

  test("[M3] keeps what was read and the keys of sends, but nothing of another life of the log", async () => {
    const [alice, bob] = [await online("alice"), await online("bob")];
    const { cid } = alice.send("bob", "keyed", { key: "k" });
    for (let n = 0; n < 120; n++) alice.send("bob", `${n}`);
    await pass(5_000);
    server.refusals = [{ t: "read", code: "unavailable", retryable: true, retryAfterMs: 60_000 }];
    bob.markRead("alice");
    const anew = async (reason: "too-long" | "epoch") => {
      const { epoch, seq } = server.log;
      for (const mailbox of ["alice", "bob"])
        only(mailbox).tell({ t: "resync", mailbox, epoch, seq, reason });
      await pass(500);
      return [bob.chats().items[0]?.unread, alice.send("bob", "keyed", { key: "k" }).cid === cid];
    };
    expect(await anew("too-long")).toEqual([0, true]);
    expect(await anew("epoch")).toEqual([121, false]);
  });

  test("strikes out nothing for a message of somebody else under a number of one's own", async () => {
    const alice = await online("alice");
    server.down = true;
    server.cut("alice");
    const { cid } = alice.send("bob", "mine");
    const copy = { type: "MessageSent", author: "bob", to: "alice", body: "his" } as const;
    server.store("alice", { ...copy, cid, cause: 1, position: 1, sentAt: 1 });
    Object.assign(server, { gapMax: 0, down: false });
    await pass(25_000);
    expect(heard("send").map(({ body }) => body)).toEqual(["mine"]);
    expect(bodies(alice, "bob").toSorted()).toEqual(["his", "mine"]);
  });

  test("counts what is left unread when another device reads a part that is not loaded", async () => {
    const bob = await online("bob");
    for (let n = 0; n < 30; n++) bob.send("alice", `${n}`);
    await pass(2000);
    server.gapMax = 0;
    const alice = await online("alice");
    expect(alice.chats().items[0]?.unread).toBe(30);
    const tenth = Number(bob.messages("alice").items[9]?.seq);
    const receipt = { author: "alice", peer: "bob", device: "d", upTo: tenth };
    server.store("alice", { type: "MessageRead", ...receipt });
    await pass(100);
    expect(alice.chats().items[0]?.unread).toBe(20);
  });

  test("tells as delivered what lies under an own last message, in each of many chats, and counts it as unread", async () => {
    const peers = Array.from({ length: 30 }, (_, n) => `peer-${n}`);
    const alice = await online("alice");
    for (const socket of server.of("alice")) socket.losses = 1_000;
    const fact = { type: "MessageSent", author: "alice", device: "tablet" } as const;
    for (const [n, to] of peers.entries()) {
      const peer = await online(to);
      peer.send("alice", "under it");
      await pass(100);
      server.store("alice", { ...fact, to, cid: `tablet.${n}`, body: "of another device" });
    }
    server.gapMax = 0;
    server.cut("alice");
    await pass(10_000);
    expect(heard("history")).toEqual([]);
    expect(alice.chats().items.map(({ unread }) => unread)).toEqual(peers.map(() => 1));
    const told = heard("delivered").filter(({ ref }) => peers.includes(String(ref)));
    expect(told.map(({ peer }) => peer).toSorted()).toEqual(peers.toSorted());
    alice.markRead("peer-0");
    expect(alice.chats().items.find(({ peer }) => peer === "peer-0")?.unread).toBe(0);
  });

  test("looks for what is on its way in nothing older than the list of repeats", async () => {
    const alice = await online("alice");
    server.gapMax = 0;
    server.cut("alice");
    alice.send("bob", "written meanwhile");
    let listed = 0;
    server.onHeard = ({ t }) => {
      if (t !== "chats") return;
      const fact = { type: "MessageSent", author: "zoe", to: "carol", device: "d" } as const;
      listed = server.store("zoe", { ...fact, cid: "z.1", body: "" });
    };
    await pass(5000);
    const [look] = heard("history");
    expect(look?.peer).toBe("bob");
    expect(look?.atLeast).toBeGreaterThanOrEqual(listed);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
  });

  test("[M3] takes chats, unread and history from the views, and no event twice", async () => {
    const alice = await online("alice");
    for (let n = 0; n < 30; n++) alice.send("bob", `${n}`);
    await pass(1000);
    server.gapMax = 5;
    const bob = device("bob");
    bob.connect();
    await pass(7);
    alice.send("bob", "meanwhile");
    await pass(500);
    expect(bob.chats().items).toMatchObject([
      { peer: "alice", unread: 31, last: { body: "meanwhile" } },
    ]);
    const before = bodies(bob, "alice").length;
    const loading = bob.loadEarlier("alice", 10);
    await pass(50);
    await loading;
    expect(bob.messages("alice").hasEarlier).toBe(true);
    const shown = bodies(bob, "alice");
    expect(shown).toHaveLength(before + 10);
    expect(shown.at(-2)).toBe("29");
  });

  test("after the log has lost its end sends again what is not in it", async () => {
    const alice = await online("alice");
    alice.send("bob", "first");
    await pass(50);
    for (const socket of server.of("alice")) socket.losses = 1;
    alice.send("bob", "second");
    await pass(50);
    expect(statuses(alice, "bob")).toEqual(["sent", "sent"]);
    server.rollBack(2);
    await pass(5000);
    expect(server.log.rows("bob").map(({ body }) => body)).toEqual(["first", "second"]);
    expect(bodies(alice, "bob")).toEqual(["first", "second"]);
  });

  test("does not happen where all that it has lies below the new generation", async () => {
    const { webSocket, resyncs } = asking();
    const bob = await online("bob", { webSocket });
    server.rollBack(0);
    const alice = await online("alice");
    alice.send("bob", "of the new generation");
    await pass(2000);
    expect(resyncs()).toBe(0);
    expect(bodies(bob, "alice")).toEqual(["of the new generation"]);
    bob.markRead("alice");
    await pass(500);
    expect(statuses(alice, "bob")).toEqual(["read"]);
  });

  test("happens once where the log has lost what it has: the next cursor stands on the event that follows", async () => {
    const { webSocket, resyncs } = asking();
    const bob = await online("bob", { webSocket });
    const alice = await online("alice");
    alice.send("bob", "kept");
    await pass(100);
    alice.send("bob", "lost");
    await pass(100);
    server.rollBack(4);
    await pass(2000);
    expect(resyncs()).toBe(1);
    expect(bodies(bob, "alice")).toEqual(["kept"]);
    server.cut("bob");
    await pass(2000);
    expect(resyncs()).toBe(1);
    expect(heard("hello").at(-1)?.since).toMatchObject([{ on: { generation: 1 } }]);
  });

  test("finds in the history what was stored though nobody said so", async () => {
    const alice = await online("alice");
    alice.send("bob", "once");
    await pass(3);
    server.gapMax = 0;
    server.cut("alice");
    const shown = answers(alice, () => alice.messages("bob"));
    await pass(2000);
    expect(new Set(shown.map(({ items }) => items.length))).toEqual(new Set([1]));
    expect(heard("send")).toHaveLength(1);
    expect(statuses(alice, "bob")).toEqual(["sent"]);
  });

  test("keeps the chats that were read here with their newest messages", async () => {
    const alice = await online("alice");
    const { webSocket, resyncs } = asking();
    const bob = await online("bob", { webSocket });
    for (const body of ["1", "2", "3"]) alice.send("bob", body);
    await pass(100);
    server.gapMax = 0;
    server.cut("bob");
    await pass(2000);
    expect(resyncs()).toBe(1);
    expect(bodies(bob, "alice")).toEqual(["1", "2", "3"]);
  });
});
