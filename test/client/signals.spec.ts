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
  function network(up: boolean): void {
    net.onLine = up;
    window.dispatchEvent(new Event(up ? "online" : "offline"));
  }

  test("no network means no try, and its return is one at once", async () => {
    browser();
    const alice = await online("alice");
    network(false);
    server.cut("alice");
    await pass(120_000);
    expect(alice.connection).toBe("waiting");
    expect(heard("hello")).toHaveLength(1);
    network(true);
    await pass(20);
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
