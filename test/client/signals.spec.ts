import { afterEach, describe, expect, test, vi } from "vitest";
import { answers, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

describe("signals", () => {
  test("typing is shown for six seconds, or until the message comes", async () => {
    const alice = await online("alice");
    const bob = await online("bob");
    const shown = answers(bob, () => bob.typing("alice"));
    for (let n = 0; n < 5; n++) alice.typed("bob");
    await pass(20);
    expect(heard("typing")).toHaveLength(1);
    expect(bob.chats().items).toEqual([]);
    await pass(6000);
    expect(shown).toEqual([["alice"], []]);
    alice.typed("bob");
    alice.send("bob", "typed");
    await pass(50);
    expect(shown).toEqual([["alice"], [], ["alice"], []]);
  });

  test("[C5] go on when the device's clock is set back", async () => {
    const alice = await online("alice");
    alice.typed("bob");
    alice.focus();
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(10_000);
    alice.typed("bob");
    alice.focus();
    await pass(10);
    expect([heard("typing").length, heard("focus").length]).toEqual([2, 2]);
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
    expect(alice.connection.state).toBe("online");
    server.cut("alice");
    await pass(1000);
    expect(alice.connection.state).toBe("online");
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
    expect(alice.connection.state).toBe("online");
    await alice.close();
  });

  test("a page that is looked at again finds out at once whether its socket still lives", async () => {
    browser();
    const alice = await online("alice");
    for (const socket of server.of("alice")) socket.dead = true;
    page.dispatchEvent(new Event("visibilitychange"));
    await pass(8000);
    expect(heard("hello")).toHaveLength(2);
    expect(alice.connection.state).toBe("online");
    await alice.close();
    page.dispatchEvent(new Event("visibilitychange"));
    expect(alice.connection.state).toBe("closed");
  });
});
