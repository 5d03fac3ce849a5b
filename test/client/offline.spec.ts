import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { answers, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

/** A browser, as far as it gives hints. */
const machine = { onLine: true };
const page = Object.assign(new EventTarget(), { visibilityState: "hidden" });
const says = (hint: "online" | "offline"): void => {
  machine.onLine = hint === "online";
  page.dispatchEvent(new Event(hint));
};
beforeEach(() => {
  machine.onLine = true;
  vi.stubGlobal("window", page);
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", machine);
});
afterEach(() => void vi.unstubAllGlobals());

describe("a browser that says that it is offline", () => {
  test("[C5] is shown so at once, and is tried all the same", async () => {
    const alice = await online("alice");
    const states = answers(alice, () => alice.connection.state);
    server.down = true;
    says("offline");
    await pass(1);
    expect(states).toEqual(["offline"]);
    server.cut("alice");
    await pass(30_000);
    expect(states).toEqual(["offline"]);
    expect(alice.connection).toMatchObject({ retryAt: expect.any(Number) as number });
    const tried = heard("hello").length;
    server.down = false;
    await pass(30_000);
    expect(heard("hello").length).toBeGreaterThan(tried);
    expect(alice.connection.state).toBe("online");
  });

  test("and is wrong, is shown as online again as soon as something comes", async () => {
    const alice = await online("alice");
    const states = answers(alice, () => alice.connection.state);
    says("offline");
    await pass(100);
    expect(states).toEqual(["offline", "online"]);
    expect(heard("hello")).toHaveLength(1);
  });

  test("from the first moment, is shown so, and connects where that works", async () => {
    machine.onLine = false;
    server.down = true;
    const alice = await online("alice");
    expect(alice.connection.state).toBe("offline");
    server.down = false;
    says("online");
    await pass(30_000);
    expect(alice.connection.state).toBe("online");
    await alice.close();
    says("offline");
    await pass(1);
    expect(alice.connection.state).toBe("closed");
  });
});
