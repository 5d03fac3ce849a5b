import { describe, expect, test } from "vitest";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import type { GatewayLimits } from "../../src/gateway/session/limits.ts";
import {
  answered,
  greeted,
  step,
  STRIKES_MAX,
  type Effect,
  type Session,
} from "../../src/gateway/session/session.ts";

const limits = {
  framesPerSecond: 10,
  framesBurst: 50,
  typingPerSecond: 1,
  pendingSends: 3,
  watches: 3,
} as GatewayLimits;
const NOW = 1_000_000;

const send = (cid: string, to = "bob"): ClientFrame => ({ t: "send", cid, to, body: "hello" });

/** `given(frames).when(frame)` and what alice's session asks for. */
const given = (...before: ClientFrame[]) => from(walk(greeted("alice", "phone"), before));
const from = (session: Session) => ({
  when: (frame: ClientFrame, now = NOW) => {
    const [after, effects] = step(session, frame, now, limits);
    return {
      after,
      does: (...expected: Effect[]) => expect(effects).toEqual(expected),
      refuses: (code: string, field?: string) =>
        expect(effects).toEqual([
          { do: "refuse", rejection: expect.objectContaining({ code, ...(field && { field }) }) },
        ]),
    };
  },
});
const walk = (session: Session, frames: readonly ClientFrame[]): Session =>
  frames.reduce((at, frame) => step(at, frame, NOW, limits)[0], session);

describe("a greeted client", () => {
  test("that says hello again, is refused", () =>
    given().when({ t: "hello", token: "x", deviceId: "d" }).refuses("op.out_of_order", "t"));

  test("that pings, is answered", () => given().when({ t: "ping" }).does({ do: "pong" }));

  test("that speaks too fast, is told how long to wait", () => {
    const pings = Array.from({ length: limits.framesBurst }, (): ClientFrame => ({ t: "ping" }));
    const [, effects] = step(walk(greeted("alice", "phone"), pings), { t: "ping" }, NOW, limits);
    expect(effects).toEqual([
      { do: "refuse", rejection: { code: "rate_limited", retryAfterMs: 100 } },
    ]);
    given(...pings)
      .when({ t: "ping" }, NOW + 100)
      .does({ do: "pong" });
  });

  test("that sends too soon for its user, keeps the number, gets no strike, and pays for the frame", () => {
    const [after, effects] = step(greeted("alice", "phone"), send("a.7"), NOW, limits, 250);
    expect(effects).toEqual([
      { do: "refuse", rejection: { code: "rate_limited", retryAfterMs: 250 } },
    ]);
    expect(after).toMatchObject({ strikes: 0, sends: [], pendingSends: 0 });
    expect(after.frames).toBeGreaterThan(0);
  });

  test("gathers a strike per refusal, and a good frame forgives them all", () => {
    const bad = send("a.1", "alice");
    const { after } = given(bad, bad).when(bad);
    expect(after.strikes).toBe(3);
    expect(from(after).when({ t: "ping" }).after.strikes).toBe(0);
    expect(
      walk(
        greeted("alice", "phone"),
        Array.from({ length: STRIKES_MAX }, () => bad),
      ).strikes,
    ).toBe(STRIKES_MAX);
  });
});

describe("a send", () => {
  test("is stored, and shows that a human is there", () => {
    const frame = send("a.1") as Extract<ClientFrame, { t: "send" }>;
    given().when(frame).does({ do: "send", frame }, { do: "active", action: "send" });
  });

  test("to oneself, is refused", () => given().when(send("a.1", "alice")).refuses("id.self", "to"));

  test("with the same number again, is stored again: the broker knows it", () =>
    expect(given(send("a.1")).when(send("a.1")).after.pendingSends).toBe(2));

  test("with a lower number, is refused: it would be taken for a repeat", () =>
    given(send("a.2")).when(send("a.1")).refuses("cid.not_rising", "cid"));

  test("with a lower number of a new client instance, is stored", () =>
    expect(given(send("a.2")).when(send("b.1")).after.pendingSends).toBe(2));

  test("beyond what may be pending, is refused and may come again: that is not the client's doing", () => {
    const { after, refuses } = given(send("a.1"), send("a.2"), send("a.3")).when(send("a.4"));
    refuses("limit.pending");
    expect(after.strikes).toBe(0);
  });

  test("after one was answered, has room again", () => {
    const full = walk(greeted("alice", "phone"), [send("a.1"), send("a.2"), send("a.3")]);
    expect(from(answered(full)).when(send("a.4")).after.pendingSends).toBe(3);
  });

  test("that was not stored, may come again although others went after it", () => {
    const session = walk(greeted("alice", "phone"), [send("a.1"), send("a.2")]);
    const failed = answered(answered(session, "a.1"), "a.2");
    const { after } = from(failed).when(send("a.1"));
    expect(after).toMatchObject({ sends: [["a", 1]], pendingSends: 1 });
  });

  test("of another client instance that was not stored, changes no number of this one", () =>
    expect(
      answered(walk(greeted("alice", "phone"), [send("a.9"), send("b.5")]), "a.9").sends,
    ).toEqual([
      ["b", 5],
      ["a", 8],
    ]));

  test("with a lower number, is refused although another instance has sent meanwhile", () =>
    given(send("a.5"), send("b.1")).when(send("a.3")).refuses("cid.not_rising", "cid"));
});

describe("a receipt", () => {
  test("of what was delivered, shows no human", () =>
    given()
      .when({ t: "delivered", peer: "bob", upTo: 7 })
      .does({ do: "receipt", peer: "bob", delivered: 7, read: 0 }));

  test("of what was read, implies delivered and shows a human", () =>
    given()
      .when({ t: "read", peer: "bob", upTo: 7 })
      .does(
        { do: "receipt", peer: "bob", delivered: 7, read: 7 },
        { do: "active", action: "read" },
      ));

  test("for oneself, is refused", () =>
    given().when({ t: "read", peer: "alice", upTo: 7 }).refuses("id.self", "peer"));
});

describe("typing and looking", () => {
  test("are passed on and show a human", () => {
    given()
      .when({ t: "typing", peer: "bob" })
      .does({ do: "typing", to: "bob" }, { do: "active", action: "typing" });
    given().when({ t: "focus" }).does({ do: "active", action: "focus" });
  });

  test("too often are refused, each in its own time", () => {
    const typing: ClientFrame = { t: "typing", peer: "bob" };
    given(typing, typing, typing).when(typing).refuses("rate_limited");
    given(typing, typing, typing)
      .when(typing, NOW + 1_000)
      .does({ do: "typing", to: "bob" }, { do: "active", action: "typing" });
  });
});

describe("watching", () => {
  const watch = (...users: string[]): ClientFrame => ({ t: "watch", users });

  test("asks for each user once", () =>
    given(watch("bob"))
      .when(watch("bob", "carol", "carol"))
      .does({ do: "watch", users: ["bob", "carol"] }));

  test("beyond the limit is refused, and nobody of that frame is watched", () => {
    const { after, refuses } = given(watch("bob", "carol")).when(watch("dave", "erin"));
    refuses("limit.watches", "users");
    expect([...after.watched]).toEqual(["bob", "carol"]);
  });

  test("ends only for whom it had begun, and makes room", () => {
    const unwatch: ClientFrame = { t: "unwatch", users: ["bob", "mallory"] };
    const { after, does } = given(watch("bob", "carol", "dave")).when(unwatch);
    does({ do: "unwatch", users: ["bob"] });
    from(after)
      .when(watch("erin"))
      .does({ do: "watch", users: ["erin"] });
  });
});

describe("a question to the views", () => {
  test("is asked in the name of the session's user", () =>
    given()
      .when({ t: "history", peer: "bob", before: 9, ref: 1, v: 1 })
      .does({
        do: "ask",
        view: "history",
        query: { view: "history", owner: "alice", peer: "bob", before: 9, limit: 50, atLeast: 0 },
      }));

  test("keeps what the client asked for", () =>
    given()
      .when({ t: "chats", limit: 3, atLeast: 12 })
      .does({
        do: "ask",
        view: "chats",
        query: { view: "chats", owner: "alice", limit: 3, atLeast: 12 },
      }));

  test("about people last seen goes to the view of activity", () =>
    given()
      .when({ t: "lastSeen", users: ["bob", "carol"], ref: 1 })
      .does({
        do: "ask",
        view: "lastSeen",
        query: { view: "lastseen", owner: "alice", users: ["bob", "carol"], atLeast: 0 },
      }));
});
