import { describe, expect, test, vi } from "vitest";
import { hellos, linked, pass, playedSockets, says, welcome } from "./playedlink.ts";
import { PlayedSocket } from "./playedsocket.ts";
import { LIMITS } from "./limits.ts";

playedSockets();

describe("a link", () => {
  test("cannot begin without a WebSocket, and has neither limits nor a socket to send on before its welcome", async () => {
    const { link, open } = linked();
    expect([link.send({ t: "ping" }), link.limits]).toEqual([false, undefined]);
    link.start();
    await open();
    expect([link.send({ t: "ping" }), link.limits]).toEqual([true, LIMITS]);
    expect(hellos()).toEqual([{ t: "hello", token: "token.1", deviceId: "d" }]);
    vi.stubGlobal("WebSocket", undefined);
    expect(() => linked({ webSocket: undefined as never }).link.start()).toThrow(TypeError);
  });

  test("[C6] asks for its first token anew, each time that a person begins", async () => {
    const { link, asked } = linked();
    link.start();
    await pass();
    link.stop();
    link.start();
    await pass();
    expect(asked.map(({ attempt, reason }) => [attempt, reason])).toEqual([
      [0, "connect"],
      [0, "connect"],
    ]);
  });

  test("[C6] waits for no token, and comes back no more, when it is stopped or told so for good", async () => {
    const { link, asked } = linked();
    link.start();
    link.stop();
    expect(asked[0]?.signal.aborted).toBe(true);
    const other = linked();
    (await other.online()).onclose?.({ code: 4500, reason: "" });
    expect(other.link.connection).toEqual({ state: "closed", reason: "closed 4500" });
  });

  test("[C6] waits once for each loss: a try in between ends the wait before", async () => {
    vi.stubGlobal("navigator", { onLine: true });
    const page = new EventTarget();
    vi.stubGlobal("window", page);
    vi.stubGlobal("document", page);
    const { link, online, lost } = linked();
    (await online()).onclose?.({ code: 1006, reason: "" });
    expect(link.connection).toEqual({
      state: "waiting",
      retryAt: 5_000_000 + Date.now() + 500,
      reason: "closed 1006",
    });
    expect([link.send({ t: "ping" }), link.limits, lost]).toEqual([false, undefined, [undefined]]);
    await pass(400);
    page.dispatchEvent(new Event("online"));
    await pass();
    PlayedSocket.last.onclose?.({ code: 1006, reason: "" });
    await pass(999);
    expect(PlayedSocket.all).toHaveLength(2);
    await pass(1);
    expect(PlayedSocket.all).toHaveLength(3);
    link.stop("over");
    expect(link.connection).toEqual({ state: "closed", reason: "over" });
  });

  test("[C5] shows of one wait all that it has shown, while the machine loses its network and finds it", async () => {
    const machine = {
      there: true,
      reads: 0,
      get onLine() {
        this.reads++;
        return this.there;
      },
    };
    const page = new EventTarget();
    vi.stubGlobal("navigator", machine);
    vi.stubGlobal("window", page);
    vi.stubGlobal("document", page);
    const lines: unknown[] = [];
    let changes = 0;
    const logger = { debug: (...line: unknown[]) => lines.push(line), warn: () => undefined };
    const { link, online } = linked({ logger }, { changed: () => changes++ });
    (await online()).onclose?.({ code: 1006, reason: "" });
    const { retryAt, reason } = link.connection;
    machine.there = false;
    page.dispatchEvent(new Event("offline"));
    expect(link.connection).toEqual({ state: "offline", retryAt, reason });
    expect(lines.at(-1)).toEqual(["connection", link.connection]);
    await pass(500);
    // Its socket is there, and nothing has come on it yet.
    expect(link.connection).toEqual({ state: "offline" });
    PlayedSocket.last.onopen?.();
    says(PlayedSocket.last, { t: "pong", head: 1 });
    expect(link.connection).toEqual({ state: "connecting" });
    const told = [lines.length, changes];
    says(PlayedSocket.last, welcome());
    link.synced();
    link.synced();
    expect([lines.length, changes]).toEqual(told.map((before) => before + 1));
    link.stop();
    const { reads } = machine;
    page.dispatchEvent(new Event("offline"));
    // Nobody hears it any more.
    expect([machine.reads, link.connection.state]).toEqual([reads, "closed"]);
    machine.there = true;
    link.start();
    page.dispatchEvent(new Event("online"));
    expect(machine.reads).toBeGreaterThan(reads + 1);
    expect(link.connection.state).toBe("connecting");
  });

  test("[C5] asks whether its socket lives, when the page is looked at again", async () => {
    const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
    vi.stubGlobal("navigator", { onLine: true });
    vi.stubGlobal("window", page);
    vi.stubGlobal("document", page);
    const { online } = linked();
    const socket = await online();
    page.dispatchEvent(new Event("visibilitychange"));
    expect(socket.sent.at(-1)).toBe('{"t":"ping"}');
  });

  test("[M15] gives up a socket on which nothing comes of what its server knows", async () => {
    const { link, online } = linked();
    await online();
    link.compare(9, 1, false);
    await pass(4_100);
    expect(link.connection.reason).toBe("behind");
  });

  test("[M8] names the session whose socket was cut, until it is welcomed again", async () => {
    const { online, open } = linked();
    (await online()).onclose?.({ code: 1006, reason: "" });
    await pass(500);
    await pass();
    PlayedSocket.last.onopen?.();
    says(PlayedSocket.last, { t: "error", code: "draining", message: "", retryable: true });
    PlayedSocket.last.onclose?.({ code: 1006, reason: "" });
    await pass(1_000);
    (await open()).onclose?.({ code: 4400, reason: "" });
    await pass(2_000);
    await open();
    const replaces = { sessionId: "s1", resume: "secret" };
    expect(hellos().map((hello) => (hello as { replaces?: unknown }).replaces)).toEqual([
      undefined,
      replaces,
      replaces,
      undefined,
    ]);
    const apart = linked({}, { replaces: false });
    (await apart.online()).onclose?.({ code: 1006, reason: "" });
    await pass(500);
    await pass();
    PlayedSocket.last.onopen?.();
    expect(hellos().at(-1)).not.toHaveProperty("replaces");
  });

  test("[C4] takes no frame of a server that takes it for somebody else", async () => {
    const { link, open, seen } = linked({ user: "alice" });
    link.start();
    await open({ user: "mallory" });
    expect([seen, link.connection.reason]).toEqual([[], "auth.other_user"]);
  });

  test("[M12] has its token followed by a fresh one, and not behind its end", async () => {
    const { link, online, asked } = linked();
    const socket = await online({ expiresInMs: 50_000 });
    await pass(45_000);
    expect(asked.map(({ reason }) => reason)).toEqual(["connect", "refresh"]);
    const ref = ":refresh";
    says(socket, { t: "error", code: "rate_limited", message: "", retryable: true, ref });
    says(socket, { t: "pong", head: 0 });
    await pass(3_000);
    expect(asked).toHaveLength(3);
    says(socket, { t: "refreshed", expiresInMs: 10_000, ref });
    await pass(9_000);
    expect(asked).toHaveLength(4);
    says(socket, { t: "refreshed", expiresInMs: 10_000, ref });
    link.stop();
    await pass(600_000);
    expect([asked.length, vi.getTimerCount()]).toEqual([4, 0]);
  });
});
