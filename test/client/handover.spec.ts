import { describe, expect, test, vi } from "vitest";
import { isOver, linked, pass, playedSockets, says } from "./playedlink.ts";
import { PlayedSocket } from "./playedsocket.ts";

playedSockets();

describe("[C10] a link whose server goes away", () => {
  /** It is online, and its next socket is there. */
  async function moving(more: object = {}) {
    const it = linked();
    const old = await it.online();
    says(old, { t: "goaway", withinMs: 60_000 });
    await pass();
    const next = await it.open(more);
    expect(next).not.toBe(old);
    return { ...it, old, next };
  }
  const caughtUp = { t: "caughtUp", mailbox: "alice", seq: 1 };

  test("takes of the next socket what tells of the mailbox, until that has caught up", async () => {
    const { seen, next, old, link } = await moving();
    seen.length = 0;
    says(next, { t: "pong", head: 9 });
    says(next, { t: "follows", mailboxes: [] });
    says(next, { t: "stay" });
    says(old, { t: "pong", head: 9 });
    expect(seen).toEqual(["pong"]);
    says(next, caughtUp);
    says(next, { t: "pong", head: 9 });
    expect(seen).toEqual(["pong", "caughtUp", "pong"]);
    const before = old.sent.length;
    link.send({ t: "ping" });
    old.onclose?.({ code: 4400, reason: "" });
    expect(link.state).toBe("online");
    expect([old.sent.length, next.sent.length]).toEqual([before, 2]);
  });

  test("gives up the next socket alone, where a frame of that shows a gap, and both of them where one of the other does", async () => {
    const first = await moving();
    first.on.frame = () => first.link.restart("gap");
    const event = { type: "SessionOpened", sessionId: "s", gatewayId: "g", deviceId: "d" };
    says(first.next, { t: "event", mailbox: "alice", seq: 9, prev: 8, at: 1, event });
    expect([first.old, first.next].map(isOver)).toEqual([false, true]);
    // The next one is the connection then, as far as it has come.
    const third = await moving();
    third.on.frame = () => third.link.restart("gap");
    says(third.old, { t: "pong", head: 9 });
    expect([third.old, third.next].map(isOver)).toEqual([true, false]);
    expect(third.link.state).toBe("connecting");
    const second = await moving();
    second.link.restart("gap");
    expect([second.old, second.next].map(isOver)).toEqual([true, true]);
    expect(second.link.state).toBe("waiting");
    expect(second.link.connection.reason).toBe("gap");
    second.link.restart("nothing there");
    expect(second.link.connection.reason).toBe("gap");
  });

  test("goes on with the next one's token and its time, and lets go of both at the end", async () => {
    const { link, asked, next, old } = await moving({ expiresInMs: 60_000 });
    says(next, caughtUp);
    await pass(53_000);
    expect(asked.map(({ reason }) => reason)).toEqual(["connect", "connect"]);
    await pass(2_000);
    expect(asked.at(-1)?.reason).toBe("refresh");
    link.stop();
    expect([old, next].map(isOver)).toEqual([true, true]);
    await pass(600_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("stays where that takes it back, and opens another when it goes away again", async () => {
    const { link, old, next } = await moving();
    says(old, { t: "stay" });
    expect([next.closes, old.closes, link.state]).toEqual([1, 0, "online"]);
    await pass(10_000);
    expect(PlayedSocket.all).toHaveLength(2);
    says(old, { t: "goaway", withinMs: 60_000 });
    await pass();
    expect(PlayedSocket.all).toHaveLength(3);
  });

  test("tries another next socket where one is lost, and hears of the end of a socket once", async () => {
    const { old, next, lost, link } = await moving();
    next.onclose?.({ code: 1006, reason: "" });
    await pass(500);
    expect(PlayedSocket.all).toHaveLength(3);
    expect([old.closes, lost, link.state]).toEqual([0, [], "online"]);
  });

  test("goes on with one that is not welcomed yet, where its own ends first, and gives up both at its end", async () => {
    const it = linked();
    const old = await it.online();
    says(old, { t: "goaway", withinMs: 60_000 });
    await pass();
    const next = PlayedSocket.last;
    old.onclose?.({ code: 4400, reason: "draining" });
    expect([it.link.state, isOver(next)]).toEqual(["connecting", false]);
    const { link, ...other } = await moving();
    link.stop();
    expect([other.old, other.next].map(isOver)).toEqual([true, true]);
  });
});
