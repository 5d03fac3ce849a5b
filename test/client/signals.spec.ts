import { describe, expect, test, vi } from "vitest";
import { device, gather, heard, modelServer, online, pass } from "./devices.ts";

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
