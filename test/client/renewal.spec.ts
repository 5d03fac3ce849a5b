import { beforeEach, describe, expect, test, vi } from "vitest";
import { ChatError, type TokenRequest } from "../../src/client/client.ts";
import { answers, gather, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

const TEN_MINUTES = 600_000;
const HOUR = 3_600_000;

/** An app whose tokens are all different, and that does something else for a while. */
function app(user = "alice") {
  const asked: TokenRequest[] = [];
  let n = 0;
  const next = (): unknown => `${user}.${++n}`;
  const it = {
    asked,
    reasons: () => asked.map(({ reason }) => reason),
    next,
    gives: next,
    getToken: async (request: TokenRequest): Promise<string> => {
      asked.push(request);
      return (await it.gives()) as string;
    },
  };
  return it;
}

describe("a client whose token ends soon", () => {
  beforeEach(() => void (server.tokenMs = TEN_MINUTES));

  test("[M12] tells a fresh one on the same socket, in time, for ever", async () => {
    const it = app();
    const alice = await online("alice", it);
    await pass(3 * HOUR);
    expect(heard("hello")).toHaveLength(1);
    expect(heard("refresh").length).toBeGreaterThanOrEqual(18);
    expect(new Set(heard("refresh").map(({ token }) => token)).size).toBe(heard("refresh").length);
    expect(it.reasons().slice(0, 3)).toEqual(["connect", "refresh", "refresh"]);
    expect(it.asked.every(({ attempt }) => attempt === 0)).toBe(true);
    expect(alice.connection.state).toBe("online");
  });

  test("spreads that over a fifth of the token's time", async () => {
    for (const [random, first] of [
      [0, 420_000],
      [0.999, 539_880],
    ] as const) {
      const it = app();
      const alice = await online("alice", { ...it, random: () => random });
      await pass(first - 200);
      expect(it.reasons()).toEqual(["connect"]);
      await pass(400);
      expect(it.reasons()).toEqual(["connect", "refresh"]);
      await alice.close();
    }
  });

  test("goes on with the one it has while the app has none, and asks again until it has", async () => {
    const it = app();
    const alice = await online("alice", it);
    const failures = ["503", new TypeError("Failed to fetch"), undefined, "503"];
    it.gives = () => {
      if (failures.length === 0) return it.next();
      // oxlint-disable-next-line typescript/only-throw-error -- what apps throw
      throw failures.pop();
    };
    await pass(TEN_MINUTES);
    expect(it.reasons()).toEqual(["connect", ...Array(5).fill("refresh")]);
    expect(it.asked.map(({ attempt }) => attempt)).toEqual([0, 0, 1, 2, 3, 4]);
    await pass(HOUR);
    expect(heard("hello")).toHaveLength(1);
    expect(alice.connection.state).toBe("online");
  });

  test("gives a getToken that hangs up, and asks again", async () => {
    const it = app();
    // So early that there is time for another before the session ends.
    const alice = await online("alice", { ...it, random: () => 0 });
    it.gives = () => new Promise(() => undefined);
    await pass(545_000);
    it.gives = it.next;
    await pass(HOUR);
    expect(it.asked[1]?.signal.aborted).toBe(true);
    expect(heard("hello")).toHaveLength(1);
    expect(alice.connection.state).toBe("online");
  });

  test("whose fresh one is refused, is asked for another and keeps its session", async () => {
    const it = app();
    const alice = await online("alice", it);
    server.accepts = (token) => !token.startsWith("stale");
    let wrong = 0;
    it.gives = () => (++wrong <= 3 ? `stale-${wrong}` : it.next());
    await pass(TEN_MINUTES);
    expect(it.reasons()).toEqual(["connect", "refresh", "refused", "refused", "refused"]);
    await pass(HOUR);
    expect(heard("hello")).toHaveLength(1);
    expect(alice.connection.state).toBe("online");
  });

  test("comes back when it could not be refreshed in time", async () => {
    const it = app();
    const alice = await online("alice", it);
    it.gives = () => Promise.reject(new Error("down"));
    await pass(TEN_MINUTES);
    expect(alice.connection.state).toBe("waiting");
    it.gives = it.next;
    await pass(30_000);
    expect(it.reasons().at(-1)).toBe("expired");
    expect(heard("hello")).toHaveLength(2);
    expect(alice.connection.state).toBe("online");
  });

  test("stays who it is when the app gives a token of another user, and says so", async () => {
    const it = app();
    // So late that two are refused, and not the five behind which it gives up.
    const alice = await online("alice", { ...it, random: () => 0.999 });
    const errors = gather(alice, "error");
    it.gives = () => "bob.1";
    await pass(545_000);
    expect(errors[0]).toMatchObject({ code: "auth.other_user" });
    expect(alice.user).toBe("alice");
    it.gives = it.next;
    await pass(HOUR);
    expect(heard("hello")).toHaveLength(1);
    expect([alice.user, alice.connection.state]).toEqual(["alice", "online"]);
  });

  test("ends at once when the app says that there will be none", async () => {
    const it = app();
    const alice = await online("alice", it);
    const states = answers(alice, () => alice.connection);
    it.gives = () => {
      throw new ChatError("app.signed_out", { retryable: false });
    };
    await pass(TEN_MINUTES);
    expect(states).toMatchObject([{ state: "closed", reason: "app.signed_out" }]);
    expect(server.of("alice")).toEqual([]);
  });

  test("asks nobody any more when it is closed, also with an answer under way", async () => {
    const it = app();
    const alice = await online("alice", { ...it, random: () => 0.999 });
    let answer: (token: string) => void = () => undefined;
    it.gives = () => new Promise((resolve) => (answer = resolve));
    await pass(541_000);
    await alice.close();
    answer("alice.late");
    await pass(HOUR);
    expect(it.asked).toHaveLength(2);
    expect(it.asked[1]?.signal.aborted).toBe(true);
    expect(heard("refresh")).toEqual([]);
  });

  test("measures its time by no clock that somebody sets", async () => {
    const it = app();
    const now = (): number => Date.now() + 86_400_000;
    const alice = await online("alice", { ...it, now });
    vi.setSystemTime(Date.now() + 86_400_000);
    await pass(400_000);
    expect(it.reasons()).toEqual(["connect"]);
    vi.setSystemTime(Date.now() - 172_800_000);
    await pass(HOUR);
    expect(heard("hello")).toHaveLength(1);
    expect(heard("refresh").length).toBeGreaterThanOrEqual(6);
    expect(alice.connection.state).toBe("online");
  });
});

describe("a token of a few seconds", () => {
  test("is refreshed every two, and not all the time", async () => {
    server.tokenMs = 2_500;
    const it = app();
    await online("alice", it);
    await pass(60_000);
    expect(it.asked.length).toBeLessThan(32);
  });
});

test("a token of a hundred years is no reason to ask all the time", async () => {
  server.tokenMs = 100 * 365 * 24 * HOUR;
  const it = app();
  await online("alice", it);
  await pass(HOUR);
  expect(it.asked).toHaveLength(1);
});
