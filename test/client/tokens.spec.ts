import { describe, expect, test } from "vitest";
import { ChatError, type TokenRequest } from "../../src/client/client.ts";
import { BrowserDisk } from "./browser.ts";
import { answers, bodies, device, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

const refuseAll = (): void => {
  server.accepts = (token) => token === "alice" || token === "bob";
};
/** A `getToken` that gives one answer after the other, and the last one for ever. */
function tokens(...given: (() => unknown)[]) {
  const asked: TokenRequest[] = [];
  const getToken = async (request: TokenRequest): Promise<string> => {
    asked.push(request);
    return (given.length > 1 ? given.shift() : given[0])?.() as string;
  };
  return { asked, getToken };
}
const says = (token: unknown) => (): unknown => token;
const throws = (error: unknown) => (): never => {
  throw error;
};
const hangs = (): Promise<never> => new Promise(() => undefined);

describe("a token that is refused", () => {
  test("[C6] is asked for anew, with what has happened to the last one", async () => {
    refuseAll();
    const { asked, getToken } = tokens(says("stale"), says("rotated"), says("alice"));
    const alice = device("alice", { getToken });
    const states = answers(alice, () => `${alice.connection.state} ${alice.connection.reason}`);
    alice.connect();
    await pass(10_000);
    expect(asked.map(({ reason, attempt }) => [reason, attempt])).toEqual([
      ["connect", 0],
      ["refused", 1],
      ["refused", 2],
    ]);
    expect(states.filter((state) => state.startsWith("waiting"))).toEqual([
      "waiting auth.invalid_token",
      "waiting auth.invalid_token",
    ]);
    expect(alice.connection.state).toBe("online");
  });

  test("ends it when five different ones are refused in a row, and not before", async () => {
    refuseAll();
    let n = 0;
    const { asked, getToken } = tokens(() => `wrong-${++n}`);
    const alice = device("alice", { getToken });
    const states = answers(alice, () => alice.connection);
    alice.connect();
    await pass(120_000);
    expect(asked).toHaveLength(5);
    expect(states.at(-1)).toMatchObject({ state: "closed", reason: "auth.invalid_token" });
  });

  test("does not end it while the app gives the same one from a cache", async () => {
    refuseAll();
    const cached = { token: "stale" };
    const alice = device(
      "alice",
      tokens(() => cached.token),
    );
    alice.connect();
    await pass(600_000);
    expect(heard("hello").length).toBeGreaterThan(20);
    expect(alice.connection.state).not.toBe("closed");
    cached.token = "alice";
    await pass(30_000);
    expect(alice.connection.state).toBe("online");
  });

  test("counts from the last one that was accepted", async () => {
    refuseAll();
    let n = 0;
    const answers = Array.from({ length: 4 }, () => () => `wrong-${++n}`);
    const { asked, getToken } = tokens(...answers, says("alice"), ...answers, says("alice"));
    const alice = await online("alice", { getToken });
    await pass(60_000);
    server.cut("alice", 4403);
    await pass(60_000);
    expect(asked).toHaveLength(10);
    expect(asked[5]).toMatchObject({ reason: "expired", attempt: 0 });
    expect(alice.connection.state).toBe("online");
  });
});

describe("an app that has no token", () => {
  test.each([
    ["throws a string", throws("503 Service Unavailable")],
    ["throws nothing", throws(undefined)],
    ["throws an error", throws(new TypeError("Failed to fetch"))],
    ["throws what may be better next time", throws(new ChatError("app.busy", { retryable: true }))],
    ["answers with an error page", says("<html><h1>502 Bad Gateway</h1></html>")],
    ["answers with JSON as text", says('{"token":"alice"}')],
    ["answers with an object", says({ token: "alice" })],
    ["answers with nothing", says(undefined)],
    ["answers with an empty text", says("")],
    ["answers with more than a server reads", says("x".repeat(8_193))],
  ])("and %s, is asked again, and nothing is said to the server", async (_, answer) => {
    const { asked, getToken } = tokens(answer, answer, says("alice"));
    const alice = device("alice", { getToken });
    const states = answers(alice, () => alice.connection);
    alice.connect();
    await pass(10_000);
    expect(asked.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
    expect(states[1]).toMatchObject({ state: "waiting", reason: "token.failed" });
    expect(heard("hello")).toHaveLength(1);
    expect(alice.connection.state).toBe("online");
  });

  test("is asked for as long as it fails, and waits longer each time", async () => {
    const { asked, getToken } = tokens(throws("down"));
    const alice = device("alice", { getToken, random: () => 1 });
    alice.connect();
    await pass(600_000);
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.length).toBeLessThan(40);
    expect(alice.connection.state).toBe("waiting");
  });

  test("and hangs, is given up by its signal after 20 s", async () => {
    const { asked, getToken } = tokens(hangs, says("alice"));
    const alice = device("alice", { getToken });
    alice.connect();
    await pass(19_999);
    expect(asked[0]?.signal.aborted).toBe(false);
    await pass(2);
    expect(asked[0]?.signal.aborted).toBe(true);
    await pass(1_000);
    expect(alice.connection.state).toBe("online");
  });

  test("and hangs while the client is closed, is told that nobody waits", async () => {
    const { asked, getToken } = tokens(hangs);
    const alice = await online("alice", { getToken });
    await alice.close();
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  test.each([
    ["its code", new ChatError("app.signed_out", { retryable: false }), "app.signed_out"],
    ["one from another copy of the package", { code: "x", retryable: false }, "x"],
    ["one without a code", { retryable: false }, "token.failed"],
  ])("and never will, is not asked again: %s is the reason", async (_, error, reason) => {
    const { asked, getToken } = tokens(throws(error));
    const alice = device("alice", { getToken });
    const states = answers(alice, () => alice.connection);
    alice.connect();
    await pass(60_000);
    expect(asked).toHaveLength(1);
    expect(states.at(-1)).toMatchObject({ state: "closed", reason });
  });
});

describe("a client that is closed", () => {
  test("connects again, with what it had", async () => {
    refuseAll();
    const bob = await online("bob");
    let n = 0;
    const app = { token: () => "alice" };
    const alice = await online(
      "alice",
      tokens(() => app.token()),
    );
    alice.send("bob", "before");
    await pass(50);
    app.token = () => `wrong-${++n}`;
    server.cut("alice", 4403);
    await pass(120_000);
    expect(alice.connection.state).toBe("closed");
    expect(() => alice.send("bob", "meanwhile")).toThrow("connection.closed");
    bob.send("alice", "while you were away");
    await pass(50);
    app.token = () => "alice";
    alice.connect();
    await pass(100);
    expect(alice.connection.state).toBe("online");
    expect(bodies(alice, "bob")).toEqual(["before", "while you were away"]);
    alice.send("bob", "after");
    await pass(50);
    expect(bodies(bob, "alice")).toEqual(["before", "while you were away", "after"]);
  });

  test("and opened again in the same moment, as a page in strict mode does, works and stores", async () => {
    const disk = new BrowserDisk();
    const alice = device("alice", { storage: disk.open() });
    alice.connect();
    void alice.close();
    alice.connect();
    await pass(200);
    alice.send("bob", "stored");
    await pass(200);
    expect(alice.connection.state).toBe("online");
    expect(disk.meta?.user).toBe("alice");
    await alice.close();
    await pass(200);
    const other = await online("alice", { storage: disk.open() });
    other.send("bob", "another tab");
    await pass(200);
    alice.connect();
    await pass(200);
    expect(bodies(alice, "bob")).toEqual(["stored", "another tab"]);
    alice.send("bob", "again");
    await pass(200);
    expect(bodies(other, "bob")).toEqual(["stored", "another tab", "again"]);
  });

  test("has no use for a URL that is none", async () => {
    const alice = device("alice", {
      webSocket: class extends server.socket() {
        constructor() {
          super("x");
          throw new SyntaxError("The URL 'chat' is invalid.");
        }
      },
    });
    const states = answers(alice, () => alice.connection);
    alice.connect();
    await pass(60_000);
    expect(states.at(-1)).toMatchObject({ state: "closed", reason: "url.invalid" });
  });
});
