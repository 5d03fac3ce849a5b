import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bodies, gather, modelServer, online, pass, statuses } from "./devices.ts";

modelServer();
afterEach(() => void vi.unstubAllGlobals());

const mistake = new TypeError("undefined is not a function");

describe("a listener that throws", () => {
  const reported: unknown[] = [];
  beforeEach(() => {
    reported.length = 0;
    vi.stubGlobal("reportError", (error: unknown) => void reported.push(error));
  });

  test.each([
    [
      "at once",
      () => {
        throw mistake;
      },
    ],
    ["later", () => Promise.reject(mistake)],
  ])("%s is reported and told, and disturbs nobody", async (_, fails) => {
    const alice = await online("alice");
    const bob = await online("bob");
    const errors = gather(bob, "error");
    bob.on("message", fails);
    bob.subscribe(fails);
    const heard = gather(bob, "message");
    alice.send("bob", "one");
    alice.send("bob", "two");
    await pass(100);
    expect(heard.map(({ message }) => message.body)).toEqual(["one", "two"]);
    expect(bodies(bob, "alice")).toEqual(["one", "two"]);
    expect(bob.chats().items).toMatchObject([{ unread: 2 }]);
    expect(statuses(alice, "bob")).toEqual(["delivered", "delivered"]);
    expect(errors[0]).toEqual({
      code: "listener.failed",
      message: expect.stringMatching(/^message: TypeError: undefined is not a function$/),
    });
    expect(new Set(reported)).toEqual(new Set([mistake]));
    await bob.close();
    expect(bob.connection.state).toBe("closed");
  });

  test("when it hears of errors, is reported, and not told of itself", async () => {
    const alice = await online("alice");
    const fails = vi.fn(() => {
      throw mistake;
    });
    alice.on("error", fails);
    alice.on("message", fails);
    alice.send("bob", "one");
    await pass(100);
    const messages = fails.mock.calls.filter(
      ([said]: unknown[]) => "message" in (said as object) && !("code" in (said as object)),
    );
    expect(messages.length).toBeGreaterThan(0);
    expect(fails).toHaveBeenCalledTimes(2 * messages.length);
    expect(reported).toHaveLength(2 * messages.length);
  });

  test("ends no program that has no window: the console says it", async () => {
    vi.stubGlobal("reportError", undefined);
    const said = vi.spyOn(console, "error").mockReturnValue();
    const alice = await online("alice");
    alice.on("message", async () => Promise.reject(mistake));
    alice.send("bob", "one");
    await pass(100);
    expect(said).toHaveBeenCalledWith(mistake);
  });
});
