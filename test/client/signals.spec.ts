import { afterEach, describe, expect, test, vi } from "vitest";
import { device, gather, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

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

  test("[C5] go on when the device's clock is set back", async () => {
    const alice = await online("alice");
    alice.typing("bob");
    alice.focus();
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(10_000);
    alice.typing("bob");
    alice.focus();
    await pass(10);
    expect([heard("typing").length, heard("focus").length]).toEqual([2, 2]);
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

describe("in a browser", () => {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const net = { onLine: true };
  afterEach(() => void vi.unstubAllGlobals());
  function browser(): void {
    vi.stubGlobal("window", new EventTarget());
    vi.stubGlobal("document", page);
    vi.stubGlobal("navigator", net);
  }

  test("a machine that wrongly says it has no network is connected all the same", async () => {
    browser();
    net.onLine = false;
    const alice = await online("alice");
    expect(alice.connection).toBe("online");
    server.cut("alice");
    await pass(1000);
    expect(alice.connection).toBe("online");
    net.onLine = true;
    await alice.close();
  });

  test("the return of the network is a try at once", async () => {
    browser();
    const alice = await online("alice", { random: () => 0.99 });
    server.down = true;
    server.cut("alice");
    await pass(60_000);
    server.down = false;
    const tries = heard("hello").length;
    window.dispatchEvent(new Event("online"));
    await pass(20);
    expect(heard("hello")).toHaveLength(tries + 1);
    expect(alice.connection).toBe("online");
    await alice.close();
  });

  test("a page that is looked at again finds out at once whether its socket still lives", async () => {
    browser();
    const alice = await online("alice");
    for (const socket of server.of("alice")) socket.dead = true;
    page.dispatchEvent(new Event("visibilitychange"));
    await pass(8000);
    expect(heard("hello")).toHaveLength(2);
    expect(alice.connection).toBe("online");
    await alice.close();
    page.dispatchEvent(new Event("visibilitychange"));
    expect(alice.connection).toBe("closed");
  });
});
