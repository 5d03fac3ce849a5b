import { describe, expect, test, vi } from "vitest";
import type { Copy } from "../../src/events/copy.ts";
import { device, gather, heard, modelServer, online, pass, server, statuses } from "./devices.ts";

modelServer();

/** One message each of so many people, before alice comes. */
function chats(count: number): void {
  for (let n = 1; n <= count; n++) server.store("alice", message(`peer${n}`));
}
const message = (author: string): Copy => ({
  type: "MessageSent",
  author,
  to: "alice",
  cid: `${author}.1`,
  body: "hi",
  cause: 1,
  position: 1,
  sentAt: 1,
});

describe("receipts", () => {
  test("that are refused for now are said again alone, and not before they may", async () => {
    chats(3);
    const refusal = { t: "delivered", code: "rate_limited", retryable: true } as const;
    server.refusals = [{ ...refusal, retryAfterMs: 5000 }];
    await online("alice");
    await pass(4000);
    expect(heard("delivered").map(({ peer }) => peer)).toEqual(["peer1", "peer2", "peer3"]);
    await pass(2000);
    expect(
      heard("delivered")
        .map(({ peer }) => peer)
        .at(-1),
    ).toBe("peer1");
    expect(heard("delivered")).toHaveLength(4);
  });

  test("say that a machine repeats them, and that a human has read", async () => {
    const alice = await online("alice");
    server.store("alice", message("bob"));
    await pass(50);
    server.refusals = [{ t: "read", code: "unavailable", retryable: true, retryAfterMs: 500 }];
    alice.markRead("bob");
    await pass(2000);
    expect(heard("read").map(({ auto = false }) => auto)).toEqual([false, true]);
  });

  test("are refused for what is no message of the other side's, and go on", async () => {
    const alice = await online("alice");
    server.store("alice", message("bob"));
    await pass(50);
    const fault = expect.objectContaining({ code: "id.invalid", field: "upTo" });
    for (const wrong of ["alice:2", "bob.1", "bob:", "bob:x", "bob:1.5", "bob:Infinity", ""])
      expect(() => alice.markRead("bob", wrong), wrong).toThrow(fault);
    // Also where nothing of the chat is here.
    expect(() => alice.markRead("zoe", "bob:1")).toThrow(fault);
    alice.markRead("bob", "bob:1");
    await pass(50);
    expect(heard("read")).toMatchObject([{ peer: "bob", upTo: 1 }]);
  });

  test("of what was read long before there was a connection are a machine's", async () => {
    const alice = await online("alice");
    server.store("alice", message("bob"));
    await pass(50);
    server.down = true;
    server.cut("alice");
    alice.markRead("bob");
    await pass(60_000);
    server.down = false;
    await pass(25_000);
    expect(heard("read")).toMatchObject([{ peer: "bob", auto: true }]);
  });
});

describe("a send", () => {
  test("says that no human does it now when it is a repeat, or was written more than 10 s ago", async () => {
    const alice = device("alice", { random: () => 0 });
    const shown = gather(alice, "message");
    alice.connect();
    await pass(100);
    alice.send("bob", "now");
    await pass(50);
    server.refusals = [{ t: "send", code: "unavailable", retryable: true, retryAfterMs: 500 }];
    alice.send("bob", "repeated");
    await pass(2000);
    server.down = true;
    server.cut("alice");
    alice.send("bob", "late");
    await pass(12_000);
    server.down = false;
    await pass(25_000);
    expect(heard("send").map(({ body, auto = false }) => [body, auto])).toEqual([
      ["now", false],
      ["repeated", false],
      ["repeated", true],
      ["late", true],
    ]);
    expect(statuses(alice, "bob")).toEqual(["sent", "sent", "sent"]);
    expect(shown.map(({ message }) => message.body)).toEqual(["now", "repeated", "late"]);
  });

  test("[P1] and a receipt of before a machine slept are no human's, though the clock that nobody sets stood still", async () => {
    const alice = await online("alice");
    server.store("alice", message("bob"));
    await pass(50);
    server.down = true;
    server.cut("alice");
    alice.send("bob", "in the tunnel");
    alice.markRead("bob");
    vi.setSystemTime(Date.now() + 3_600_000);
    server.down = false;
    await pass(2_000);
    expect(heard("send")).toMatchObject([{ body: "in the tunnel", auto: true }]);
    expect(heard("read")).toMatchObject([{ peer: "bob", auto: true }]);
  });

  test("to another chat does not wait for one that the server has not answered", async () => {
    server.lagMs = 3000;
    const alice = await online("alice");
    for (const [peer, body] of [
      ["bob", "1"],
      ["bob", "2"],
      ["carol", "3"],
    ] as const)
      alice.send(peer, body);
    await pass(50);
    expect(heard("send").map(({ body }) => body)).toEqual(["1", "3"]);
    await pass(3000);
    expect(heard("send").map(({ body }) => body)).toEqual(["1", "3", "2"]);
  });
});
